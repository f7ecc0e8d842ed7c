//! The tasks of a job, dealt out: each thread begins with a stretch of its own and helps the others once it is done.
//!
//! Steps of a computation that are cut alike thus find what the step before left in the cache of the same core.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::wait_until;

/// Set while the thread whose share it is may be inside the job.
const INSIDE: u64 = 1 << 63;

/// The most tasks of a job: a share has 31 bits for the end of its stretch.
pub(super) const MOST: usize = (1 << 31) - 1;

/// The tasks of one thread that nobody has claimed: the first one in the low half, their end in the high half; and
/// [`INSIDE`]. Kept apart from its neighbours in memory, as its thread polls it.
#[derive(Default)]
#[repr(align(128))]
struct Share(AtomicU64);

/// The shares of all threads.
///
/// A thread enters the job by claiming a task of its own share, in one step: where no share has tasks and nobody is inside,
/// the job is over.
pub(super) struct Shares(Box<[Share]>);

fn tasks(state: u64) -> Range<usize> {
    state as u32 as usize..((state & !INSIDE) >> 32) as usize
}

impl Shares {
    /// The shares of so many threads.
    pub(super) fn new(threads: usize) -> Shares {
        Shares((0..threads).map(|_| Share::default()).collect())
    }

    /// Deals out the tasks of a job, and says how many threads have some. Nothing is left of the job before; the first thread,
    /// who deals, is inside from the beginning.
    pub(super) fn deal(&self, tasks: usize) -> usize {
        let members = tasks.min(self.0.len());
        // The others have further to come.
        for member in (0..members).rev() {
            let [first, end] = [member, member + 1].map(|member| (tasks * member / members) as u64);
            let inside = if member == 0 { INSIDE } else { 0 };
            self.0[member].0.store(inside | end << 32 | first, Ordering::SeqCst);
        }
        members
    }

    /// Is there a task for a thread to enter the job with?
    pub(super) fn invites(&self, thread: usize) -> bool {
        !tasks(self.0[thread].0.load(Ordering::SeqCst)).is_empty()
    }

    /// Claims the next task of a thread's own share, or, if the thread is inside the job, the last one of another's.
    pub(super) fn claim(&self, thread: usize) -> Option<usize> {
        let own = &self.0[thread].0;
        let enter = |state: u64| (state + 1) | INSIDE;
        if let Some(state) = claim(own, enter) {
            return Some(tasks(state).start);
        }
        if own.load(Ordering::Relaxed) & INSIDE == 0 {
            return None;
        }
        let others = self.0[thread + 1..].iter().chain(&self.0[..thread]);
        others.filter_map(|other| claim(&other.0, |state| state - (1 << 32))).next().map(|state| tasks(state).end - 1)
    }

    /// The thread leaves the job, of which it found no task.
    pub(super) fn leave(&self, thread: usize) {
        self.0[thread].0.store(0, Ordering::Release);
    }

    /// Waits until the first thread is alone among `members`.
    pub(super) fn wait(&self, members: usize) {
        for share in &self.0[1..members] {
            wait_until(500, || share.0.load(Ordering::Acquire) & INSIDE == 0);
        }
    }
}

/// Replaces a share that has tasks by what `with` makes of it, and returns what it was.
fn claim(share: &AtomicU64, with: impl Fn(u64) -> u64) -> Option<u64> {
    let claimed = |state: u64| (!tasks(state).is_empty()).then(|| with(state));
    share.fetch_update(Ordering::AcqRel, Ordering::Acquire, claimed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_begins_with_its_own_tasks_and_goes_on_with_the_last_of_others() {
        let shares = Shares::new(3);
        assert_eq!(shares.deal(7), 3);
        let claims = |thread: usize, count: usize| (0..count).map(|_| shares.claim(thread)).collect::<Vec<_>>();
        assert_eq!(claims(1, 3), [Some(2), Some(3), Some(6)]);
        assert_eq!(claims(0, 5), [Some(0), Some(1), Some(5), Some(4), None]);
        assert_eq!(claims(2, 1), [None], "it is not inside");
        shares.leave(0);
        shares.leave(1);
        shares.wait(3);
    }

    #[test]
    fn few_tasks_invite_few_threads() {
        let shares = Shares::new(4);
        assert_eq!(shares.deal(2), 2);
        assert_eq!([0, 1, 2, 3].map(|thread| shares.invites(thread)), [true, true, false, false]);
    }
}
