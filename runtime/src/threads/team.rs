//! Threads that go through the steps of one computation together, and meet after each.

use std::hint::spin_loop;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{IN_TASK, Shareable, Threads, wait_until};

/// How long the first thread waits for the others: about as long as it takes to wake them.
const PATIENCE: Duration = Duration::from_micros(30);

/// The most threads of a team: each looks at all others after each step.
const MOST: usize = 8;

/// Set in [`Team::members`] once nobody may join any more.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// The memory of a computation that is cut into parts.
pub(crate) struct Rooms<'a, T> {
    /// Rows that every part reads, twice: as they are in this step, and as they become.
    pub shared: &'a mut [T],
    /// Where the columns of a row begin that each part writes, and where those of the last part end.
    pub columns: &'a [usize],
    /// The parts' own memory, as much for each.
    pub own: &'a mut [T],
}

/// The threads of one computation.
struct Team<'a, T> {
    most: usize,
    /// Threads that have joined.
    members: AtomicUsize,
    /// How many steps each of them has done.
    done: [Done; MOST],
    shared: Shareable<T>,
    len: usize,
    columns: &'a [usize],
    own: Shareable<T>,
    own_len: usize,
}

/// On a cache line of its own: one thread writes it, all others wait for it.
#[derive(Default)]
#[repr(align(128))]
struct Done(AtomicUsize);

/// One thread of a team.
pub(crate) struct Member<'a, T> {
    team: &'a Team<'a, T>,
    index: usize,
    size: usize,
    steps: usize,
}

/// A part in one step.
pub(crate) struct At<'a, T> {
    /// The rows as they are.
    pub now: &'a [T],
    /// The part's own memory.
    pub own: &'a mut [T],
    /// Its columns of the rows as they become.
    pub next: Next<'a, T>,
}

/// A part's columns of the rows as they become.
pub(crate) struct Next<'a, T> {
    half: *mut T,
    len: usize,
    width: usize,
    columns: Range<usize>,
    borrow: PhantomData<&'a mut [T]>,
}

impl Threads {
    /// Calls `task` on this thread and at the same time on workers, as many as are there within a moment; the parts are dealt
    /// out among them. A part must come out the same whoever computes it.
    ///
    /// # Panics
    /// If the rooms cannot be divided, or if a task panics.
    pub(crate) fn in_step<T: Copy + Send + Sync>(
        &self,
        rooms: Rooms<'_, T>,
        task: &(dyn Fn(&mut Member<'_, T>) + Sync),
    ) {
        let Rooms { shared, columns, own } = rooms;
        let parts = columns.len().saturating_sub(1);
        let width = columns.last().copied().unwrap_or(0);
        assert!(parts > 0 && columns.is_sorted() && own.len().is_multiple_of(parts), "memory for {parts} parts");
        assert!(shared.is_empty() || shared.len().is_multiple_of(2 * width), "rows of {width} columns, twice");
        let busy = IN_TASK.get() || self.shared.taken.load(Ordering::Relaxed);
        let most = if busy { 1 } else { parts.min(self.count()).min(MOST) };
        let team = Team {
            most,
            members: AtomicUsize::new(0),
            done: Default::default(),
            len: shared.len() / 2,
            shared: Shareable(shared.as_mut_ptr()),
            columns,
            own_len: own.len() / parts,
            own: Shareable(own.as_mut_ptr()),
        };
        self.run(most, &|_| {
            if let Some(mut member) = team.join() {
                task(&mut member);
            }
        });
    }
}

impl<T> Team<'_, T> {
    /// A place in the team, unless it has begun.
    fn join(&self) -> Option<Member<'_, T>> {
        let room = |members: usize| (members < self.most).then_some(members + 1);
        let index = self.members.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).ok()?;
        if index == 0 && self.most > 1 {
            let full = || self.members.load(Ordering::Acquire) == self.most;
            let begun = Instant::now();
            while !full() && begun.elapsed() < PATIENCE {
                spin_loop();
            }
        }
        if index == 0 {
            self.members.fetch_or(CLOSED, Ordering::AcqRel);
        }
        wait_for(&self.members, CLOSED);
        Some(Member { team: self, index, size: self.members.load(Ordering::Acquire) & !CLOSED, steps: 0 })
    }
}

/// Waits until `number` is at least `least`.
fn wait_for(number: &AtomicUsize, least: usize) {
    wait_until(1000, || number.load(Ordering::Acquire) >= least);
}

impl<T: Copy> Member<'_, T> {
    /// The parts that are this thread's.
    pub(crate) fn parts(&self) -> impl Iterator<Item = usize> + use<T> {
        (self.index..self.team.columns.len() - 1).step_by(self.size)
    }

    /// What a part reads and writes in this step.
    ///
    /// # Panics
    /// If the part is another thread's.
    pub(crate) fn at(&mut self, part: usize) -> At<'_, T> {
        let Team { shared, len, columns, own, own_len, .. } = self.team;
        assert!(part + 1 < columns.len() && part % self.size == self.index, "part {part} is another thread's");
        let half = |step: usize| shared.get().wrapping_add(step % 2 * len);
        // SAFETY: nobody writes this half before all threads have done the step, and this one has not while it borrows it;
        // the memory of a part is lent by its one thread alone, once at a time.
        let (now, own) = unsafe {
            (
                std::slice::from_raw_parts(half(self.steps), *len),
                std::slice::from_raw_parts_mut(own.get().add(part * own_len), *own_len),
            )
        };
        let width = columns[columns.len() - 1];
        At {
            now,
            own,
            next: Next {
                half: half(self.steps + 1),
                len: *len,
                width,
                columns: columns[part]..columns[part + 1],
                borrow: PhantomData,
            },
        }
    }

    /// Ends the step: waits until all threads have ended it. What was put is then what is read.
    pub(crate) fn meet(&mut self) {
        self.steps += 1;
        self.team.done[self.index].0.store(self.steps, Ordering::Release);
        for done in &self.team.done[..self.size] {
            wait_for(&done.0, self.steps);
        }
    }
}

impl<T: Copy> Next<'_, T> {
    /// Writes the part's columns of a row.
    ///
    /// # Panics
    /// If there is no such row, or it has another number of columns.
    pub(crate) fn put(&mut self, row: usize, values: &[T]) {
        assert!((row + 1) * self.width <= self.len && values.len() == self.columns.len(), "a part of a row");
        let to = self.half.wrapping_add(row * self.width + self.columns.start);
        // SAFETY: it lies within the half that nobody reads in this step, and the columns are those of this part alone.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), to, values.len()) };
    }
}

/// Nobody waits for a thread that has left, be it in a panic.
impl<T> Drop for Member<'_, T> {
    fn drop(&mut self) {
        self.team.done[self.index].0.store(usize::MAX, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each number becomes the sum of all, `steps` times.
    fn sums(threads: &Threads, columns: &[usize], steps: usize) -> Vec<u64> {
        let width = columns[columns.len() - 1];
        let mut shared: Vec<u64> = (0..2 * width as u64).collect();
        let mut own = vec![0; columns.len() - 1];
        threads.in_step(Rooms { shared: &mut shared, columns, own: &mut own }, &|member| {
            for _ in 0..steps {
                for part in member.parts() {
                    let At { now, own, mut next } = member.at(part);
                    own[0] = now.iter().fold(own[0], |sum, value| sum.wrapping_mul(31).wrapping_add(*value));
                    next.put(0, &vec![own[0]; columns[part + 1] - columns[part]]);
                }
                member.meet();
            }
        });
        shared.extend(own);
        shared
    }

    #[test]
    fn every_step_reads_what_all_parts_put_in_the_one_before() {
        for columns in [&[0, 5][..], &[0, 2, 7], &[0, 3, 3, 4, 9], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]] {
            let alone = sums(&Threads::new(1), columns, 100);
            for count in [2, 3, 12] {
                assert_eq!(sums(&Threads::new(count), columns, 100), alone, "{count} threads");
            }
        }
    }

    #[test]
    fn a_team_inside_a_task_is_one_thread() {
        let threads = Threads::new(2);
        let alone = sums(&Threads::new(1), &[0, 2, 4], 10);
        threads.run(3, &|_| assert_eq!(sums(&threads, &[0, 2, 4], 10), alone));
    }

    #[test]
    fn nobody_waits_for_a_thread_that_has_panicked() {
        let threads = Threads::new(2);
        for culprit in 0..2 {
            let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                threads.in_step(Rooms { shared: &mut [0; 4], columns: &[0, 1, 2], own: &mut [] }, &|member| {
                    for step in 0..10 {
                        assert!(step < 5 || !member.parts().any(|part| part == culprit), "part {culprit} fails");
                        member.meet();
                    }
                });
            }));
            assert!(failed.is_err());
        }
        assert_eq!(sums(&threads, &[0, 1, 2], 10), sums(&Threads::new(1), &[0, 1, 2], 10));
    }
}
