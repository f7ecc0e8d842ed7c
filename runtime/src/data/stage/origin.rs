//! Where samples come from: a function, or the rows of arrays.

use std::fmt::Display;
use std::marker::PhantomData;

use super::{Item, Known, Source, Stream, Threads, foreign, guarded};
use crate::Result;
use crate::data::sample::Fields;
use crate::data::sample_weights::SampleWeights;
use crate::data::table::Table;

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
