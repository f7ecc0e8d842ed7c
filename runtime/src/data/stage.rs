//! The steps of a data set that is not a table: each makes a stream of samples out of an earlier one.

use std::collections::VecDeque;
use std::fmt::Display;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;

use super::padding::Padding;
use super::sample::Fields;
use super::sample_weights::SampleWeights;
use super::table::{Shuffle, Table};
use super::workers::ordered;
use crate::random::{Purpose, Random};
use crate::{Error, Result};

/// What can be streamed again and again.
pub(crate) trait Source<A>: Send + Sync {
    /// How many items a pass has, if that is known beforehand.
    fn len(&self) -> Option<usize>;

    /// What else is known of the items before any is made.
    fn known(&self) -> Known {
        Known::default()
    }

    /// The items of a pass. With a scope, threads of its own may work ahead.
    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, A>;
}

/// What is known of items before any is made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// Does a pass never end?
    pub(crate) endless: bool,
    /// Has each pass an order of its own? Then its first items are others each time.
    pub(crate) mixed: bool,
    /// How short sequences were padded, if they were.
    pub(crate) padding: Option<Padding>,
    /// How many samples a batch was asked to have.
    pub(crate) size: Option<usize>,
}

/// Where threads of a pass may be started, if anywhere.
pub(crate) type Threads<'s, 'e> = Option<&'s Scope<'s, 'e>>;

/// The items of one pass, until the first error.
pub(crate) type Stream<'s, A> = Box<dyn Iterator<Item = Result<A>> + Send + 's>;

pub(crate) type Shared<'a, A> = Arc<dyn Source<A> + 'a>;

/// A sample, and how much it counts.
#[derive(Clone)]
pub(crate) struct Item<S> {
    pub(crate) sample: S,
    pub(crate) weights: SampleWeights,
}

/// Runs code of the user's; a panic becomes an error.
pub(crate) fn guarded<R>(what: &str, f: impl FnOnce() -> R) -> Result<R> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Error::data(format!("{what} panicked: {text}"))
    })
}

/// An error of the user's as one of ours.
pub(crate) fn foreign(error: impl Display) -> Error {
    Error::data(error.to_string())
}

/// The samples of a function that makes an iterator of results for each pass.
pub(crate) struct Generator<S, I, F> {
    pub(crate) make: F,
    /// At least and at most so many.
    pub(crate) len: (usize, Option<usize>),
    pub(crate) items: PhantomData<fn() -> (S, I)>,
}

impl<S: Send, E: Display, I, F> Source<Item<S>> for Generator<S, I, F>
where
    I: Iterator<Item = Result<S, E>> + Send,
    F: Fn() -> I + Send + Sync,
{
    fn len(&self) -> Option<usize> {
        let (least, most) = self.len;
        most.filter(|most| *most == least)
    }

    fn known(&self) -> Known {
        Known { endless: self.len == (usize::MAX, None), ..Known::default() }
    }

    fn start<'s, 'e>(&'s self, _: u64, _: Threads<'s, 'e>) -> Stream<'s, Item<S>> {
        let mut items = match guarded("the generator of samples", &self.make) {
            Ok(items) => items,
            Err(error) => return Box::new(std::iter::once(Err(error))),
        };
        let mut count = 0usize;
        Box::new(std::iter::from_fn(move || {
            let next = match guarded(&format!("the source of sample {count}"), || items.next()) {
                Ok(next) => next?,
                Err(error) => return Some(Err(error)),
            };
            count += 1;
            Some(next.map(|sample| Item { sample, weights: SampleWeights::none() }).map_err(foreign))
        }))
    }
}

/// Rows of arrays, one by one.
pub(crate) struct Rows<'a> {
    pub(crate) table: Table<'a>,
}

impl<I: Fields, V: Fields> Source<Item<(I, V)>> for Rows<'_> {
    fn len(&self) -> Option<usize> {
        Some(self.table.len())
    }

    fn known(&self) -> Known {
        Known { mixed: self.table.mixed(), ..Known::default() }
    }

    fn start<'s, 'e>(&'s self, pass: u64, _: Threads<'s, 'e>) -> Stream<'s, Item<(I, V)>> {
        if let Err(error) = self.table.check() {
            return Box::new(std::iter::once(Err(error)));
        }
        let mut order = Vec::new();
        self.table.order(pass, &mut order);
        Box::new(
            order.into_iter().map(|row| Ok(Item { sample: self.table.sample(row), weights: self.table.weights(row) })),
        )
    }
}

/// Another sample for each.
pub(crate) struct Map<'a, S, R, F> {
    pub(crate) earlier: Shared<'a, Item<S>>,
    pub(crate) f: F,
    pub(crate) seed: u64,
    /// How `f` pads, if that is what it does.
    pub(crate) padding: Option<Padding>,
    pub(crate) result: PhantomData<fn() -> R>,
}

impl<S: Send, R: Send, F> Source<Item<R>> for Map<'_, S, R, F>
where
    F: Fn(Item<S>, Chance) -> Result<Item<R>> + Send + Sync,
{
    fn len(&self) -> Option<usize> {
        self.earlier.len()
    }

    fn known(&self) -> Known {
        let known = self.earlier.known();
        Known { padding: self.padding.or(known.padding), ..known }
    }

    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, Item<R>> {
        let numbered = self.earlier.start(pass, scope).zip(0..).map(|(item, index)| Ok((item?, index)));
        let f = move |(item, index): (Item<S>, u64)| {
            let chance = Chance { seed: self.seed, pass, index };
            guarded(&format!("`map` of sample {index}"), || (self.f)(item, chance))?
        };
        // Two chunks for each thread, so that none waits for the one that trains.
        let threads = crate::Threads::global().count();
        ordered(scope, threads, 2 * threads, 8, Box::new(numbered), f)
    }
}

/// What a sample's random numbers are drawn from: the same ones whatever thread draws them.
#[derive(Clone, Copy)]
pub(crate) struct Chance {
    seed: u64,
    pass: u64,
    index: u64,
}

impl Chance {
    pub(crate) fn random(self) -> Random {
        let mut mixed = Random::new(self.seed, Purpose::Data, self.pass);
        let seed = (u64::from(mixed.bits()) << 32) | u64::from(mixed.bits());
        Random::new(seed, Purpose::Data, self.index)
    }
}

/// The samples that a function wants.
pub(crate) struct Filter<'a, S, F> {
    pub(crate) earlier: Shared<'a, Item<S>>,
    pub(crate) wanted: F,
}

impl<S, F: Fn(&S) -> bool + Send + Sync> Source<Item<S>> for Filter<'_, S, F> {
    fn len(&self) -> Option<usize> {
        None
    }

    fn known(&self) -> Known {
        self.earlier.known()
    }

    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, Item<S>> {
        let wanted = |item: &Item<S>| guarded("`filter`", || (self.wanted)(&item.sample));
        Box::new(self.earlier.start(pass, scope).filter_map(move |item| match item {
            Ok(item) => match wanted(&item) {
                Ok(true) => Some(Ok(item)),
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            },
            Err(error) => Some(Err(error)),
        }))
    }
}

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

/// Pairs of samples; ends where the shorter one does.
pub(crate) struct Zipped<'a, S, R> {
    pub(crate) left: Shared<'a, Item<S>>,
    pub(crate) right: Shared<'a, Item<R>>,
}

impl<S, R> Source<Item<(S, R)>> for Zipped<'_, S, R> {
    fn len(&self) -> Option<usize> {
        match (self.left.len(), self.right.len()) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (Some(one), None) if self.right.known().endless => Some(one),
            (None, Some(one)) if self.left.known().endless => Some(one),
            _ => None,
        }
    }

    fn known(&self) -> Known {
        let (left, right) = (self.left.known(), self.right.known());
        Known {
            endless: left.endless && right.endless,
            mixed: left.mixed || right.mixed,
            padding: left.padding.or(right.padding),
            size: None,
        }
    }

    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, Item<(S, R)>> {
        let pairs = self.left.start(pass, scope).zip(self.right.start(pass, scope));
        Box::new(pairs.map(|(left, right)| {
            let (left, right) = (left?, right?);
            Ok(Item { sample: (left.sample, right.sample), weights: left.weights.times(right.weights) })
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
