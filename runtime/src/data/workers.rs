//! Threads that work ahead of the one that trains, and hand over their results in order.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::stage::{Stream, Threads};
use crate::{Error, Result};

/// Applies `f` to the items of `stream`, in order, on `workers` threads that are at most `ahead` chunks of `chunk` items
/// ahead. The thread that asks for the next item makes it itself where nobody has begun to, as a thread that has yet to
/// wake up would take longer; so it does without a scope, or if no thread can be started.
pub(crate) fn ordered<'s, A: Send + 's, B: Send + 's>(
    scope: Threads<'s, '_>,
    workers: usize,
    ahead: usize,
    chunk: usize,
    stream: Stream<'s, A>,
    f: impl Fn(A) -> Result<B> + Send + Sync + 's,
) -> Stream<'s, B> {
    let Some(scope) = scope else { return Box::new(stream.map(move |item| f(item?))) };
    let shared = Arc::new(Desk {
        inbox: Mutex::new(Inbox { stream, next: 0 }),
        outbox: Mutex::new(Outbox { done: VecDeque::new(), given: 0, end: None, stopped: false }),
        changed: Condvar::new(),
        f,
        ahead: ahead.max(1) as u64,
        chunk: chunk.max(1),
    });
    for _ in 0..workers.max(1) {
        let desk = Arc::clone(&shared);
        let worker = std::thread::Builder::new().name("formwork-data".to_string());
        // With fewer threads, or none, it takes longer.
        let _ = worker.spawn_scoped(scope, move || while desk.work() {});
    }
    Box::new(Ordered { desk: shared, chunk: VecDeque::new() })
}

/// What the workers and their customer share.
struct Desk<'s, A, B, F> {
    inbox: Mutex<Inbox<'s, A>>,
    outbox: Mutex<Outbox<B>>,
    changed: Condvar,
    f: F,
    ahead: u64,
    chunk: usize,
}

struct Inbox<'s, A> {
    stream: Stream<'s, A>,
    /// The number of the next chunk.
    next: u64,
}

struct Outbox<B> {
    /// The chunks from `given` on, those that are done.
    done: VecDeque<Option<VecDeque<Result<B>>>>,
    /// How many chunks have been handed over.
    given: u64,
    /// The number of chunks, once it is known.
    end: Option<u64>,
    /// The customer has gone.
    stopped: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<A, B, F: Fn(A) -> Result<B>> Desk<'_, A, B, F> {
    /// Takes a chunk when there is room for its results, and does it. Is there more to do?
    fn work(&self) -> bool {
        loop {
            let inbox = lock(&self.inbox);
            let outbox = lock(&self.outbox);
            if outbox.stopped || outbox.end.is_some() {
                return false;
            }
            if inbox.next < outbox.given + self.ahead {
                drop(outbox);
                return self.chunk(inbox);
            }
            // Whoever waits for room leaves the inbox to the customer.
            drop(inbox);
            drop(self.changed.wait(outbox).unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Does the chunk that the customer needs next, unless somebody is at it.
    fn help(&self) {
        let Ok(inbox) = self.inbox.try_lock() else { return };
        let outbox = lock(&self.outbox);
        if outbox.end.is_none() && inbox.next == outbox.given {
            drop(outbox);
            self.chunk(inbox);
        }
    }

    /// Does the next chunk. Is there more to do?
    fn chunk(&self, mut inbox: MutexGuard<'_, Inbox<'_, A>>) -> bool {
        let number = inbox.next;
        // Steps on the way guard what users wrote; this is for a panic of anything else.
        let mut items = Vec::with_capacity(self.chunk);
        let pulled = catch_unwind(AssertUnwindSafe(|| {
            while items.len() < self.chunk {
                match inbox.stream.next() {
                    Some(item) => {
                        let failed = item.is_err();
                        items.push(item);
                        if failed {
                            return true;
                        }
                    }
                    None => return true,
                }
            }
            false
        }));
        let last = pulled.unwrap_or_else(|_| {
            items.push(Err(Error::data("the source of the data panicked")));
            true
        });
        inbox.next += 1;
        if last {
            lock(&self.outbox).end = Some(number + 1);
        }
        drop(inbox);
        let mut results = VecDeque::with_capacity(items.len());
        for item in items {
            let result = catch_unwind(AssertUnwindSafe(|| item.and_then(&self.f)));
            results.push_back(result.unwrap_or_else(|_| Err(Error::data("a step of the data set panicked"))));
        }
        let mut outbox = lock(&self.outbox);
        let place = (number - outbox.given) as usize;
        if outbox.done.len() <= place {
            outbox.done.resize_with(place + 1, || None);
        }
        outbox.done[place] = Some(results);
        drop(outbox);
        self.changed.notify_all();
        !last
    }

    /// The next chunk in order.
    fn take(&self) -> Option<VecDeque<Result<B>>> {
        let mut outbox = lock(&self.outbox);
        loop {
            if let Some(Some(_)) = outbox.done.front() {
                let chunk = outbox.done.pop_front().flatten();
                outbox.given += 1;
                drop(outbox);
                self.changed.notify_all();
                return chunk;
            }
            if outbox.end == Some(outbox.given) {
                return None;
            }
            outbox = self.changed.wait(outbox).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The results in order. Dropping it ends the workers.
struct Ordered<'s, A, B, F: Fn(A) -> Result<B>> {
    desk: Arc<Desk<'s, A, B, F>>,
    chunk: VecDeque<Result<B>>,
}

impl<A, B, F: Fn(A) -> Result<B>> Iterator for Ordered<'_, A, B, F> {
    type Item = Result<B>;

    fn next(&mut self) -> Option<Result<B>> {
        while self.chunk.is_empty() {
            self.desk.help();
            self.chunk = self.desk.take()?;
        }
        self.chunk.pop_front()
    }
}

impl<A, B, F: Fn(A) -> Result<B>> Drop for Ordered<'_, A, B, F> {
    fn drop(&mut self) {
        lock(&self.desk.outbox).stopped = true;
        self.desk.changed.notify_all();
    }
}
