//! Other samples for those of an earlier stage.

use std::marker::PhantomData;

use super::{Item, Known, Shared, Source, Stream, Threads, guarded};
use crate::Result;
use crate::data::padding::Padding;
use crate::data::workers::ordered;
use crate::random::{Purpose, Random};

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
