//! A persistent pool of threads: the caller and a few workers share the tasks of one job.
//!
//! A fork costs a fraction of a microsecond while the workers are awake. Idle workers spin for a moment, giving way to
//! others, and then sleep.

mod shares;
mod team;

use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::hint::spin_loop;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::kernels::Level;
use shares::Shares;
pub(crate) use team::{At, Member, Rooms};

/// How long an idle worker stays awake.
const AWAKE: Duration = Duration::from_micros(200);

/// The least tasks that a thread may be held up for by another; one of them is worth a fork.
const LATE: usize = 16;

thread_local! {
    /// Whether this thread is running a task: a job started from a task is run serially.
    static IN_TASK: Cell<bool> = const { Cell::new(false) };
}

/// The threads a computation runs on, and the instruction level of its kernels.
pub struct Threads {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    level: Level,
    winograd: bool,
}

type Task<'a> = &'a (dyn Fn(usize) + Sync);

struct Shared {
    /// The tasks that nobody has claimed. The job may be replaced while there are none, and nobody is inside.
    shares: Shares,
    job: UnsafeCell<Task<'static>>,
    /// Whether a caller holds the pool.
    taken: AtomicBool,
    stop: AtomicBool,
    asleep: Box<[AtomicBool]>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `job` is written only by the thread that holds `taken` while nobody is inside a job, and read only by threads
// that have claimed a task of it; everything else is Sync by itself.
unsafe impl Sync for Shared {}

impl Threads {
    /// The pool of this process: one thread a processor, or as many as the environment variable `FORMWORK_THREADS` says.
    pub fn global() -> &'static Threads {
        static GLOBAL: OnceLock<Threads> = OnceLock::new();
        GLOBAL.get_or_init(|| {
            let wanted = std::env::var("FORMWORK_THREADS").ok().and_then(|text| text.trim().parse().ok());
            let count = wanted.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
            let exact = std::env::var("FORMWORK_WINOGRAD").is_ok_and(|text| text.trim() == "0");
            Threads::new(count).with_winograd(!exact)
        })
    }

    /// A pool of `count` threads, the caller included; 0 counts as 1. Fewer run if the system refuses to start more.
    pub fn new(count: usize) -> Threads {
        let workers = count.max(1) - 1;
        let shared = Arc::new(Shared {
            shares: Shares::new(workers + 1),
            job: UnsafeCell::new(&|_| {}),
            taken: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            asleep: (0..workers).map(|_| AtomicBool::new(false)).collect(),
            panic: Mutex::new(None),
        });
        let start = |index: usize| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(format!("formwork-{}", index + 1)).spawn(move || shared.work(index)).ok()
        };
        let workers = (0..workers).map_while(start).collect();
        Threads { shared, workers, level: Level::best(), winograd: true }
    }

    /// The same threads with the kernels of another instruction level.
    ///
    /// # Panics
    /// If the processor lacks the level.
    pub fn with_level(mut self, level: Level) -> Threads {
        assert!(level.is_available(), "this processor does not have {level:?}");
        self.level = level;
        self
    }

    /// The same threads with or without Winograd's algorithm for convolutions, which takes fewer operations and loses about
    /// a digit. It is used by default, unless the environment variable `FORMWORK_WINOGRAD` is 0.
    pub fn with_winograd(mut self, winograd: bool) -> Threads {
        self.winograd = winograd;
        self
    }

    /// Is Winograd's algorithm used?
    pub fn winograd(&self) -> bool {
        self.winograd
    }

    /// The instruction level of the kernels.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The number of threads, the caller included.
    pub fn count(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `task` once for each index below `tasks`, on this thread and the workers, and returns when all are done.
    ///
    /// Inside a task, or while another thread is using the pool, everything runs on the calling thread.
    ///
    /// # Panics
    /// If a task panics; the first panic is passed on once no task is running, and tasks not yet begun are dropped.
    pub fn run(&self, tasks: usize, task: Task<'_>) {
        let serial = tasks <= 1 || self.workers.is_empty() || tasks > shares::MOST || IN_TASK.get();
        if serial || self.shared.taken.swap(true, Ordering::Acquire) {
            return (0..tasks).for_each(task);
        }
        IN_TASK.set(true);
        self.fork(tasks, task);
        let panic = self.shared.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        IN_TASK.set(false);
        self.shared.taken.store(false, Ordering::Release);
        if let Some(payload) = panic {
            resume_unwind(payload);
        }
    }

    /// The number of tasks that `work` is best cut into where results do not depend on the cut, and a task should have `least`
    /// of it: one a thread, each with the same part of every step, as long as no thread that is late holds up the others for
    /// more than [`LATE`] such tasks.
    pub(crate) fn tasks(&self, work: usize, least: usize) -> usize {
        let tasks = work / least.max(1);
        if self.count() == 1 || tasks <= LATE * self.count() { tasks.min(self.count()).max(1) } else { tasks }
    }

    /// Splits `data` into chunks of `chunk` elements (the last may be shorter) and calls `task` once with the index and
    /// the elements of each.
    ///
    /// # Panics
    /// If `chunk` is 0, or a task panics.
    pub fn chunks_mut<T: Send>(&self, data: &mut [T], chunk: usize, task: &(dyn Fn(usize, &mut [T]) + Sync)) {
        assert!(chunk > 0, "a chunk needs at least one element");
        let len = data.len();
        let start = Shareable(data.as_mut_ptr());
        self.run(len.div_ceil(chunk), &|index| {
            let first = index * chunk;
            // SAFETY: chunks of different indices are disjoint parts of `data`, each index is passed once, and `data`
            // stays borrowed until `run` returns.
            task(index, unsafe { std::slice::from_raw_parts_mut(start.get().add(first), chunk.min(len - first)) });
        });
    }

    /// Splits several slices of one length into chunks of `chunk` elements (the last may be shorter) and calls `task` once
    /// with the index of each chunk and its part of every slice.
    ///
    /// # Panics
    /// If `chunk` is 0, if the lengths differ, or if a task panics.
    pub fn zip_chunks_mut<T: Send, const N: usize>(
        &self,
        slices: [&mut [T]; N],
        chunk: usize,
        task: &(dyn Fn(usize, [&mut [T]; N]) + Sync),
    ) {
        assert!(chunk > 0, "a chunk needs at least one element");
        let len = slices.first().map_or(0, |slice| slice.len());
        assert!(slices.iter().all(|slice| slice.len() == len), "slices of different lengths");
        let starts = slices.map(|slice| Shareable(slice.as_mut_ptr()));
        let starts = &starts;
        self.run(len.div_ceil(chunk), &|index| {
            let first = index * chunk;
            let count = chunk.min(len - first);
            // SAFETY: the slices are disjoint, as they were borrowed mutably together; chunks of different indices are
            // disjoint parts of them, each index is passed once, and they stay borrowed until `run` returns.
            let part = |k: usize| unsafe { std::slice::from_raw_parts_mut(starts[k].get().add(first), count) };
            task(index, std::array::from_fn(part));
        });
    }

    /// Cuts `count` samples into `groups` and calls `task` once with each group's range of samples and its part of every
    /// slice; a slice has as many elements for each sample.
    ///
    /// # Panics
    /// If a slice does not have equally many elements for each sample, or if a task panics.
    pub fn samples_mut<T: Send, const N: usize>(
        &self,
        count: usize,
        groups: usize,
        slices: [&mut [T]; N],
        task: impl Fn(Range<usize>, [&mut [T]; N]) + Sync,
    ) {
        let each = |slice: &[T]| {
            assert!(slice.is_empty() || slice.len().is_multiple_of(count), "elements of {count} samples");
            slice.len().checked_div(count).unwrap_or(0)
        };
        let parts = slices.map(|slice| (each(slice), Shareable(slice.as_mut_ptr())));
        let parts = &parts;
        self.run(groups, &|group| {
            let samples = count * group / groups..count * (group + 1) / groups;
            let part = |k: usize| {
                let (each, start) = &parts[k];
                // SAFETY: the slices are disjoint, as they were borrowed mutably together; the samples of different groups
                // are disjoint and lie below `count`, each group is passed once, and the slices stay borrowed until `run`
                // returns.
                unsafe { std::slice::from_raw_parts_mut(start.get().add(samples.start * each), samples.len() * each) }
            };
            let parts = std::array::from_fn(part);
            task(samples, parts);
        });
    }

    /// Publishes the job, helps, and waits until nobody is left in it. This thread holds `taken`.
    fn fork(&self, tasks: usize, task: Task<'_>) {
        let shared = &*self.shared;
        // SAFETY: only the lifetime changes, and no worker is left inside the job when this function returns.
        let task = unsafe { std::mem::transmute::<Task<'_>, Task<'static>>(task) };
        // SAFETY: nobody is inside a job and this thread holds `taken`, so nobody else reads or writes it.
        unsafe { *shared.job.get() = task };
        let members = shared.shares.deal(tasks);
        for (worker, asleep) in self.workers.iter().zip(&shared.asleep).take(members - 1) {
            if asleep.load(Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }
        shared.help(0);
        shared.shares.wait(members);
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A worker catches every panic of its tasks, so there is nothing to learn from the result.
            let _ = worker.join();
        }
    }
}

impl Shared {
    /// The life of a worker.
    fn work(&self, index: usize) {
        IN_TASK.set(true);
        while self.wait(index) {
            self.help(index + 1);
        }
    }

    /// Waits for a task of a worker's share; false when the pool ends.
    fn wait(&self, index: usize) -> bool {
        let invited = || self.shares.invites(index + 1);
        let mut idle_since: Option<Instant> = None;
        let mut spins = 0_u32;
        while !invited() {
            spin_loop();
            spins = spins.wrapping_add(1);
            if !spins.is_multiple_of(64) {
                continue;
            }
            // The scheduler may have put this worker on the processor of the caller.
            thread::yield_now();
            if idle_since.get_or_insert_with(Instant::now).elapsed() > AWAKE {
                self.asleep[index].store(true, Ordering::SeqCst);
                while !invited() && !self.stop.load(Ordering::SeqCst) {
                    thread::park();
                }
                self.asleep[index].store(false, Ordering::SeqCst);
                idle_since = None;
            }
            if self.stop.load(Ordering::Relaxed) {
                return false;
            }
        }
        true
    }

    /// Runs tasks while there are any; a panic is kept for the caller, and the tasks that nobody has claimed are dropped.
    fn help(&self, thread: usize) {
        let mut inside = false;
        while let Some(index) = self.shares.claim(thread) {
            inside = true;
            // SAFETY: this thread has claimed a task, so the job stays as it is until the thread leaves.
            let task = unsafe { *self.job.get() };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| task(index))) {
                self.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(payload);
                while self.shares.claim(thread).is_some() {}
            }
        }
        if inside {
            self.shares.leave(thread);
        }
    }
}

/// Waits for what another thread is about to do; after so many spins gives way to it, as it may be queued behind this thread.
fn wait_until(patience: u32, is_done: impl Fn() -> bool) {
    let mut spins = 0_u32;
    while !is_done() {
        spin_loop();
        spins += 1;
        if spins > patience {
            thread::yield_now();
        }
    }
}

/// A pointer that tasks on other threads may use, each for its own part.
pub(crate) struct Shareable<T>(pub(crate) *mut T);

impl<T> Shareable<T> {
    /// The pointer. A method, so that a closure captures the whole wrapper.
    pub(crate) fn get(&self) -> *mut T {
        self.0
    }
}

// SAFETY: whoever dereferences the pointer answers for keeping the parts disjoint.
unsafe impl<T: Send> Sync for Shareable<T> {}

#[cfg(test)]
mod tests;
