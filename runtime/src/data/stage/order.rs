//! The same samples in another order, number or time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Item, Known, Shared, Source, Stream, Threads};
use crate::data::table::Shuffle;
use crate::data::workers::ordered;

/// The first items, without the very first.
pub(crate) struct Window<'a, A> {
    pub(crate) earlier: Shared<'a, A>,
    pub(crate) skip: usize,
    pub(crate) take: Option<usize>,
}

impl<A> Source<A> for Window<'_, A> {
    fn len(&self) -> Option<usize> {
        let rest = self.earlier.len().map(|len| len.saturating_sub(self.skip));
        match (rest, self.take) {
            (Some(rest), Some(take)) => Some(rest.min(take)),
            (None, Some(take)) if take == 0 || self.earlier.known().endless => Some(take),
            (rest, _) => rest,
        }
    }

    fn known(&self) -> Known {
        let known = self.earlier.known();
        Known { endless: self.take.is_none() && known.endless, ..known }
    }

    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, A> {
        let rest = skip(self.earlier.start(pass, scope), self.skip);
        match self.take {
            Some(take) => Box::new(rest.take(take)),
            None => rest,
        }
    }
}

/// A stream without its first items; an error among them is not skipped.
pub(crate) fn skip<'s, A: 's>(mut stream: Stream<'s, A>, count: usize) -> Stream<'s, A> {
    let mut left = count;
    Box::new(std::iter::from_fn(move || {
        while left > 0 {
            left -= 1;
            match stream.next()? {
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        stream.next()
    }))
}

/// Samples in random order: the same order as that of a table.
pub(crate) struct Shuffled<'a, S> {
    pub(crate) earlier: Shared<'a, Item<S>>,
    pub(crate) shuffle: Shuffle,
}

impl<S: Send> Source<Item<S>> for Shuffled<'_, S> {
    fn len(&self) -> Option<usize> {
        self.earlier.len()
    }

    fn known(&self) -> Known {
        Known { mixed: true, ..self.earlier.known() }
    }

    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, Item<S>> {
        if let Err(error) = self.shuffle.check() {
            return Box::new(std::iter::once(Err(error)));
        }
        let mut stream = self.earlier.start(pass, scope);
        let mut random = self.shuffle.random(pass);
        let mut buffer = VecDeque::new();
        Box::new(std::iter::from_fn(move || {
            while buffer.len() < self.shuffle.buffer {
                match stream.next() {
                    Some(Ok(item)) => buffer.push_back(item),
                    Some(Err(error)) => return Some(Err(error)),
                    None => break,
                }
            }
            if buffer.is_empty() {
                return None;
            }
            buffer.swap(0, random.below(buffer.len()));
            buffer.pop_front().map(Ok)
        }))
    }
}

/// Several passes as one.
pub(crate) struct Repeated<'a, S> {
    pub(crate) earlier: Shared<'a, Item<S>>,
    pub(crate) times: Option<usize>,
}

impl<S: Send> Source<Item<S>> for Repeated<'_, S> {
    fn len(&self) -> Option<usize> {
        self.earlier.len()?.checked_mul(self.times?)
    }

    fn known(&self) -> Known {
        let known = self.earlier.known();
        Known { endless: self.times.is_none() || (self.times != Some(0) && known.endless), ..known }
    }

    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, Item<S>> {
        // A pass without end is always the first one.
        let first = self.times.map_or(0, |times| pass * times as u64);
        let passes = (first..).take(self.times.unwrap_or(usize::MAX));
        let mut empty = false;
        Box::new(
            passes
                .map_while(move |pass| {
                    let mut stream = self.earlier.start(pass, scope).peekable();
                    empty |= stream.peek().is_none();
                    (!empty).then_some(stream)
                })
                .flatten(),
        )
    }
}

/// Samples that are kept in memory after they have been read once.
pub(crate) struct Cached<'a, S> {
    pub(crate) earlier: Shared<'a, Item<S>>,
    pub(crate) kept: Mutex<Option<Arc<Vec<Item<S>>>>>,
}

impl<S: Clone + Send + Sync> Source<Item<S>> for Cached<'_, S> {
    fn len(&self) -> Option<usize> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|kept| kept.len()).or_else(|| self.earlier.len())
    }

    fn known(&self) -> Known {
        Known { mixed: false, ..self.earlier.known() }
    }

    fn start<'s, 'e>(&'s self, _: u64, scope: Threads<'s, 'e>) -> Stream<'s, Item<S>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept {
            return Box::new((0..kept.len()).map(move |index| Ok(kept[index].clone())));
        }
        // The first pass, even where a training begins with a later one: it goes on with the samples that it began with.
        let mut stream = self.earlier.start(0, scope);
        let mut seen = Vec::new();
        Box::new(std::iter::from_fn(move || match stream.next() {
            Some(Ok(item)) => {
                seen.push(item.clone());
                Some(Ok(item))
            }
            Some(Err(error)) => Some(Err(error)),
            None => {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.get_or_insert_with(|| Arc::new(std::mem::take(&mut seen)));
                None
            }
        }))
    }
}

/// Items that a thread makes ahead of their turn.
pub(crate) struct Prefetched<'a, A> {
    pub(crate) earlier: Shared<'a, A>,
    pub(crate) ahead: usize,
}

impl<A: Send> Source<A> for Prefetched<'_, A> {
    fn len(&self) -> Option<usize> {
        self.earlier.len()
    }

    fn known(&self) -> Known {
        self.earlier.known()
    }

    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, A> {
        ordered(scope, 1, self.ahead, 1, self.earlier.start(pass, scope), Ok)
    }
}
