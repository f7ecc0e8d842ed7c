//! Single samples, and what is done with them before they are put into batches.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use super::batches::Batches;
use super::padding::Padding;
use super::sample::{Columns, Fields, Sample};
use super::sample_weights::SampleWeights;
use super::stage::{
    Cached, Chance, Filter, Generator, Item, Map, Repeated, Rows, Shared, Shuffled, Stream, Window, Zipped, foreign,
};
use super::stream_weights::lengths;
use super::table::{Shuffle, Step, Table, kept};
use crate::random::Random;
use crate::{Error, Result};

/// Samples, one after the other, as often as they are asked for: arrays in memory, or a stream.
///
/// ```text
/// let train = Dataset::from_arrays(DigitsInputs { image: &x }, DigitsTargets { output: &labels })?
///     .shuffle(4_000, SEED)
///     .batch(32);
/// ```
///
/// Every step is lazy: nothing is read before the batches are asked for. A step that can fail (a file that ends early, a
/// `map` that panics) ends `fit` with an error, and the model keeps the weights of the last good step.
///
/// `S` is what a sample is: `(DigitsSample, DigitsTarget)` where it can be put into batches for the model `Digits`, with
/// a third member where samples count differently: a number, or [`SampleWeights`]. On the way there it is any other type.
pub struct Dataset<'a, S> {
    node: Node<'a, S>,
}

enum Node<'a, S> {
    Table(Box<Table<'a>>, OneByOne<'a, S>),
    Stream(Shared<'a, Item<S>>),
}

/// Turns rows of arrays into samples of their own, where somebody needs them one by one.
struct OneByOne<'a, S> {
    stream: fn(Table<'a>) -> Shared<'a, Item<S>>,
    sample: fn(&Table<'a>, usize) -> S,
}

impl<S> Clone for OneByOne<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for OneByOne<'_, S> {}

impl<S> Clone for Dataset<'_, S> {
    fn clone(&self) -> Self {
        let node = match &self.node {
            Node::Table(table, one_by_one) => Node::Table(table.clone(), *one_by_one),
            Node::Stream(source) => Node::Stream(Arc::clone(source)),
        };
        Dataset { node }
    }
}

impl<S> fmt::Debug for Dataset<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset").field("cardinality", &self.cardinality()).finish_non_exhaustive()
    }
}

impl<'a, I: Fields, V: Fields> Dataset<'a, (I, V)> {
    /// Samples that borrow the arrays of a model's inputs and targets.
    ///
    /// # Errors
    /// If the arrays have different numbers of rows or none, or hold NaN or infinity.
    pub fn from_arrays<X, Y>(inputs: X, targets: Y) -> Result<Self>
    where
        X: Columns<'a, Sample = I>,
        Y: Columns<'a, Sample = V>,
    {
        let table = Table::new(&inputs, &targets)?;
        let one_by_one = OneByOne { stream: |table| Arc::new(Rows { table }), sample: |table, row| table.sample(row) };
        Ok(Dataset { node: Node::Table(Box::new(table), one_by_one) })
    }
}

impl<'a, S: Send + 'a> Dataset<'a, S> {
    /// The samples of a list or of another iterator that can be cloned, which is done for each pass.
    #[allow(clippy::should_implement_trait)]
    pub fn from_iter<T>(samples: T) -> Self
    where
        T: IntoIterator<Item = S, IntoIter: Clone + Send + Sync + 'a>,
    {
        let samples = samples.into_iter();
        let len = samples.size_hint();
        let make = move || samples.clone().map(Ok::<S, Error>);
        Dataset { node: Node::Stream(Arc::new(Generator { make, len, items: PhantomData })) }
    }

    /// The samples of an iterator that `make` begins anew for each pass; an error ends the training.
    ///
    /// ```text
    /// let lines = || std::fs::read_to_string("words.txt").unwrap_or_default().lines()..;
    /// Dataset::from_generator(move || (0..1_000).map(|n| Ok::<_, Error>((AddSample { .. }, AddTarget { .. }))))
    /// ```
    pub fn from_generator<F, T, E>(make: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'a,
        T: IntoIterator<Item = Result<S, E>, IntoIter: Send + 'a>,
        E: Display,
    {
        Dataset {
            node: Node::Stream(Arc::new(Generator {
                make: move || make().into_iter(),
                len: (0, None),
                items: PhantomData,
            })),
        }
    }

    fn stream(self) -> Shared<'a, Item<S>> {
        match self.node {
            Node::Table(table, one_by_one) => (one_by_one.stream)(*table),
            Node::Stream(source) => source,
        }
    }

    /// Adds a step, the one for arrays in memory or the one for streams.
    fn step<N>(self, step: Step, next: impl FnOnce(Shared<'a, Item<S>>) -> N) -> Self
    where
        N: super::stage::Source<Item<S>> + 'a,
    {
        let node = match self.node {
            Node::Table(table, one_by_one) => Node::Table(Box::new(table.with(step)), one_by_one),
            Node::Stream(source) => Node::Stream(Arc::new(next(source))),
        };
        Dataset { node }
    }

    /// Another sample for each, computed on several threads while the model trains; the order stays.
    pub fn map<R: Send + 'a>(self, f: impl Fn(S) -> R + Send + Sync + 'a) -> Dataset<'a, R> {
        self.mapped(0, move |sample, _| Ok(f(sample)))
    }

    /// As [`map`](Dataset::map), by a function that can fail: its error ends the training.
    pub fn try_map<R: Send + 'a, E: Display>(self, f: impl Fn(S) -> Result<R, E> + Send + Sync + 'a) -> Dataset<'a, R> {
        self.mapped(0, move |sample, _| f(sample).map_err(foreign))
    }

    /// As [`map`](Dataset::map), by a function that draws random numbers, for augmentation: others for each sample and
    /// each pass, the same ones for the same seed.
    pub fn map_random<R: Send + 'a>(
        self,
        seed: u64,
        f: impl Fn(S, &mut Random) -> R + Send + Sync + 'a,
    ) -> Dataset<'a, R> {
        self.mapped(seed, move |sample, chance| Ok(f(sample, &mut chance.random())))
    }

    fn mapped<R: Send + 'a>(self, seed: u64, f: impl Fn(S, Chance) -> Result<R> + Send + Sync + 'a) -> Dataset<'a, R> {
        self.mapped_items(seed, None, move |Item { sample, weights }, chance| {
            Ok(Item { sample: f(sample, chance)?, weights })
        })
    }

    fn mapped_items<R: Send + 'a>(
        self,
        seed: u64,
        padding: Option<Padding>,
        f: impl Fn(Item<S>, Chance) -> Result<Item<R>> + Send + Sync + 'a,
    ) -> Dataset<'a, R> {
        Dataset { node: Node::Stream(Arc::new(Map { earlier: self.stream(), f, seed, padding, result: PhantomData })) }
    }

    /// The samples for which `wanted` is true.
    pub fn filter(self, wanted: impl Fn(&S) -> bool + Send + Sync + 'a) -> Self {
        Dataset { node: Node::Stream(Arc::new(Filter { earlier: self.stream(), wanted })) }
    }

    /// The first `count` samples, or all if there are fewer.
    pub fn take(self, count: usize) -> Self {
        self.step(Step::Take(count), |earlier| Window { earlier, skip: 0, take: Some(count) })
    }

    /// The samples after the first `count`.
    pub fn skip(self, count: usize) -> Self {
        self.step(Step::Skip(count), |earlier| Window { earlier, skip: count, take: None })
    }

    /// A new order in each epoch: the next sample is drawn from a buffer of so many, which the following samples refill.
    /// A buffer as large as the data set mixes perfectly.
    pub fn shuffle(self, buffer: usize, seed: u64) -> Self {
        let shuffle = Shuffle { buffer, seed };
        self.step(Step::Shuffle(shuffle), |earlier| Shuffled { earlier, shuffle })
    }

    /// All samples `times` times in each epoch.
    pub fn repeat(self, times: usize) -> Self {
        self.step(Step::Repeat(times), |earlier| Repeated { earlier, times: Some(times) })
    }

    /// All samples again and again: an epoch then needs a number of steps.
    pub fn repeat_forever(self) -> Self {
        Dataset { node: Node::Stream(Arc::new(Repeated { earlier: self.stream(), times: None })) }
    }

    /// Keeps the samples in memory once they have all been read. What comes before runs in the first epoch only.
    pub fn cache(self) -> Self
    where
        S: Clone + Sync,
    {
        let node = match self.node {
            Node::Stream(earlier) => Node::Stream(Arc::new(Cached { earlier, kept: Mutex::default() })),
            table => table,
        };
        Dataset { node }
    }

    /// Pairs of a sample of each; the shorter data set decides how many.
    pub fn zip<R: Send + 'a>(self, other: Dataset<'a, R>) -> Dataset<'a, (S, R)> {
        Dataset { node: Node::Stream(Arc::new(Zipped { left: self.stream(), right: other.stream() })) }
    }

    /// The samples without the last `share` of them, and the last ones (Keras' `validation_split`).
    ///
    /// # Errors
    /// If it is not known how many samples there are, if they were shuffled before, or if `share` is not between 0 and 1.
    pub fn split(self, share: f64) -> Result<(Self, Self)> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::data(format!("a share of {share} cannot be split off: give a number from 0 to 1")));
        }
        let mixed = match &self.node {
            Node::Table(table, _) => table.mixed(),
            Node::Stream(source) => source.known().mixed,
        };
        if mixed {
            return Err(Error::data(
                "these samples are shuffled anew in each epoch, so that both parts would see all of them in the end: \
                 split first, then .shuffle(..) the part to train on",
            ));
        }
        let Some(rows) = self.cardinality() else {
            return Err(Error::data(
                "nobody knows how many samples this stream has, so that no share of it can be split off: \
                 use .take(n) and .skip(n)",
            ));
        };
        let kept = kept(rows, share);
        Ok((self.clone().take(kept), self.skip(kept)))
    }
}

impl<S: Send> Dataset<'_, S> {
    /// The samples of an epoch (the first is 0) one by one, to look at; an error is the last of them.
    pub fn samples(&self, epoch: u64) -> impl Iterator<Item = Result<S>> + Send {
        let samples: Stream<'_, S> = match &self.node {
            Node::Table(table, one_by_one) => match table.check() {
                Ok(()) => {
                    let mut order = Vec::new();
                    table.order(epoch, &mut order);
                    Box::new(order.into_iter().map(|row| Ok((one_by_one.sample)(table, row))))
                }
                Err(error) => Box::new(std::iter::once(Err(error))),
            },
            Node::Stream(source) => Box::new(source.start(epoch, None).map(|item| Ok(item?.sample))),
        };
        let mut samples = samples.fuse();
        let mut failed = false;
        std::iter::from_fn(move || {
            let sample = samples.next().filter(|_| !failed)?;
            failed = sample.is_err();
            Some(sample)
        })
    }
}

impl<S> Dataset<'_, S> {
    /// The number of samples in an epoch, if it is known without reading them.
    pub fn cardinality(&self) -> Option<usize> {
        match &self.node {
            Node::Table(table, _) => Some(table.len()),
            Node::Stream(source) => source.len(),
        }
    }
}

impl<'a, S: Send + 'a> Dataset<'a, S> {
    /// How much each sample of arrays in memory counts in losses and in metrics: `.sample_weights(&weights)`, or for single
    /// outputs `.sample_weights(SampleWeights::of("class", &weights))`. Numbers for each step of a sequence are an array of
    /// shape (samples, steps).
    ///
    /// # Errors
    /// If there is not one weight a sample, if one is negative, NaN or infinite, if there is no output of that name, or if the
    /// samples are a stream or were shuffled before.
    pub fn sample_weights(mut self, weights: impl Into<SampleWeights>) -> Result<Self>
    where
        S: Sample,
    {
        let weights = weights.into();
        match &mut self.node {
            Node::Table(table, _) => table.set_weights(&weights)?,
            Node::Stream(_) => {
                return Err(Error::data(
                    "the samples of a stream carry their weights themselves: let the stream yield (inputs, targets, weight)",
                ));
            }
        }
        Ok(self)
    }

    /// Pads every sequence to one length, and cuts those that are longer: `.padded(100)`, or
    /// `.padded(Padding::pre().maxlen(100))`.
    ///
    /// The sequences are the inputs and targets whose first axis is `_` (or a name) in the model, or has this length. What steps
    /// count is padded with them, by 0.
    pub fn padded(self, padding: impl Into<Padding>) -> Dataset<'a, (S::Inputs, S::Targets)>
    where
        S: Sample,
    {
        let padding = padding.into();
        self.mapped_items(0, Some(padding), move |item, _| {
            let (mut inputs, mut targets, given) = item.sample.parts();
            let mut weights = item.weights.times(given);
            let before = if weights.of_steps() { lengths(&targets)? } else { Vec::new() };
            inputs.pad(&padding);
            targets.pad(&padding);
            if weights.of_steps() {
                weights.pad(S::Targets::NAMES, &before, &lengths(&targets)?, &padding);
            }
            Ok(Item { sample: (inputs, targets), weights })
        })
    }

    /// Batches of `size` samples; the last one may be smaller.
    pub fn batch<I: Fields, V: Fields>(self, size: usize) -> Batched<'a, I, V>
    where
        S: Sample<Inputs = I, Targets = V>,
    {
        match self.node {
            Node::Table(table, _) => Batches::of_table(*table, size),
            Node::Stream(source) => Batches::of_stream(source, size, None),
        }
    }

    /// Batches of `size` samples of different lengths: 0 follows a sequence that is shorter than the longest of its batch.
    pub fn padded_batch<I: Fields, V: Fields>(self, size: usize) -> Batched<'a, I, V>
    where
        S: Sample<Inputs = I, Targets = V>,
    {
        self.padded_batch_with(size, Padding::post())
    }

    /// As [`padded_batch`](Dataset::padded_batch), with the side and the value of `padding`.
    pub fn padded_batch_with<I: Fields, V: Fields>(self, size: usize, padding: Padding) -> Batched<'a, I, V>
    where
        S: Sample<Inputs = I, Targets = V>,
    {
        Batches::of_stream(self.stream(), size, Some(padding))
    }
}

/// Batches of the model that the samples are for.
type Batched<'a, I, V> = Batches<'a, <I as Fields>::Batch<'static>, <V as Fields>::Batch<'static>>;
