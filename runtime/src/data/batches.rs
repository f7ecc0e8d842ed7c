//! Samples in batches.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Scope;

use super::feed::{Feed, Position};
use super::padding::Padding;
use super::sample::{Columns, Fields, Sample, Stack, Stacked};
use super::sample_weights::{SampleWeights, Weights};
use super::stage::{Item, Known, Prefetched, Shared, Source, Stream, Threads, Window};
use super::table::Table;
use crate::{Error, Result};

/// Samples in batches. What works on samples, such as `shuffle`, is done before `batch`.
///
/// `X` and `Y` are the model's structs of inputs and targets; both are only types.
///
/// For a loop of one's own, each `for` is the next epoch:
///
/// ```text
/// for epoch in 0..10 {
///     for batch in &train {
///         let batch = batch?;
///         let (loss, gradients) = model.gradients(batch.inputs(), &batch.targets(), &loss)?;
///         optimizer.apply(&mut model, &gradients);
///     }
/// }
/// ```
pub struct Batches<'a, X, Y> {
    node: Node<'a>,
    /// Loops that have begun.
    loops: AtomicU64,
    fields: PhantomData<fn() -> (X, Y)>,
}

#[derive(Clone)]
pub(crate) enum Node<'a> {
    Table(Box<Slices<'a>>),
    Stream(Shared<'a, StackedBatch>),
}

/// Batches of a table: ranges of its order.
#[derive(Clone)]
pub(crate) struct Slices<'a> {
    pub(crate) table: Table<'a>,
    size: usize,
    drop_remainder: bool,
    skip: usize,
    take: usize,
}

/// One batch in memory of its own.
#[derive(Debug)]
pub(crate) struct StackedBatch {
    pub(crate) inputs: Stacked,
    pub(crate) targets: Stacked,
    pub(crate) weights: Weights,
    pub(crate) rows: usize,
    /// The number of the first sample in this pass.
    pub(crate) first: usize,
}

impl<X, Y> Clone for Batches<'_, X, Y> {
    fn clone(&self) -> Self {
        Batches::new(self.node.clone())
    }
}

impl<X, Y> fmt::Debug for Batches<'_, X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("cardinality", &self.cardinality()).finish_non_exhaustive()
    }
}

impl<'a, X, Y> Batches<'a, X, Y> {
    fn new(node: Node<'a>) -> Self {
        Batches { node, loops: AtomicU64::new(0), fields: PhantomData }
    }

    pub(crate) fn of_table(table: Table<'a>, size: usize) -> Self {
        Batches::new(Node::Table(Box::new(Slices { table, size, drop_remainder: false, skip: 0, take: usize::MAX })))
    }

    pub(super) fn of_stream<S: Sample + 'a>(
        samples: Shared<'a, Item<S>>,
        size: usize,
        padding: Option<Padding>,
    ) -> Self {
        Batches::new(Node::Stream(Arc::new(Stacker { samples, size, padding })))
    }

    /// Adds a step for streams.
    fn stream<N: Source<StackedBatch> + 'a>(
        source: Shared<'a, StackedBatch>,
        next: impl FnOnce(Shared<'a, StackedBatch>) -> N,
    ) -> Self {
        Batches::new(Node::Stream(Arc::new(next(source))))
    }

    /// Leaves out a last batch that is smaller than the others.
    pub fn drop_remainder(self) -> Self {
        match self.node {
            Node::Table(slices) => Batches::new(Node::Table(Box::new(Slices { drop_remainder: true, ..*slices }))),
            Node::Stream(source) => Batches::stream(source, |earlier| WholeBatches { earlier }),
        }
    }

    /// The first `count` batches, or all if there are fewer.
    pub fn take(self, count: usize) -> Self {
        match self.node {
            Node::Table(slices) => {
                let take = slices.take.min(count);
                Batches::new(Node::Table(Box::new(Slices { take, ..*slices })))
            }
            Node::Stream(source) => Batches::stream(source, |earlier| Window { earlier, skip: 0, take: Some(count) }),
        }
    }

    /// The batches after the first `count`.
    pub fn skip(self, count: usize) -> Self {
        match self.node {
            Node::Table(slices) => {
                let (skip, take) = (slices.skip.saturating_add(count), slices.take.saturating_sub(count));
                Batches::new(Node::Table(Box::new(Slices { skip, take, ..*slices })))
            }
            Node::Stream(source) => Batches::stream(source, |earlier| Window { earlier, skip: count, take: None }),
        }
    }

    /// A thread makes up to `count` batches ahead of their turn, while the model trains. Batches of arrays in memory are
    /// there already.
    pub fn prefetch(self, count: usize) -> Self {
        match self.node {
            Node::Stream(source) => Batches::stream(source, |earlier| Prefetched { earlier, ahead: count }),
            table => Batches::new(table),
        }
    }

    /// The number of batches in an epoch, if it is known without reading them.
    pub fn cardinality(&self) -> Option<usize> {
        match &self.node {
            Node::Table(slices) => Some(slices.len()),
            Node::Stream(source) => source.len(),
        }
    }

    /// The batches of an epoch (the first is 0), made on the thread that asks for them.
    pub fn epoch(&self, epoch: u64) -> Epoch<'_, 'a, X, Y> {
        let mut feed = self.feed(None);
        feed.start(Position { pass: epoch, batch: 0 });
        Epoch { feed, failed: false, fields: PhantomData }
    }

    /// The batches of an epoch, made by threads of `scope` where the data set has steps that work ahead, as in `fit`.
    pub fn epoch_in<'s>(&'s self, epoch: u64, scope: &'s Scope<'s, '_>) -> Epoch<'s, 'a, X, Y> {
        let mut feed = self.feed(Some(scope));
        feed.start(Position { pass: epoch, batch: 0 });
        Epoch { feed, failed: false, fields: PhantomData }
    }

    /// What hands out these batches.
    pub(crate) fn feed<'s>(&'s self, scope: Threads<'s, '_>) -> Feed<'s, 'a> {
        Feed::new(&self.node, scope)
    }

    /// The arrays, where all of them are in memory.
    pub(crate) fn table(&self) -> Option<&Table<'a>> {
        match &self.node {
            Node::Table(slices) => Some(&slices.table),
            Node::Stream(_) => None,
        }
    }

    /// What is known of its samples before any is made.
    pub(crate) fn known(&self) -> Known {
        match &self.node {
            Node::Table(_) => Known::default(),
            Node::Stream(source) => source.known(),
        }
    }

    /// Can it be trained on at all?
    pub(crate) fn check(&self) -> Result<()> {
        let slices = match &self.node {
            Node::Table(slices) => slices,
            Node::Stream(source) if source.len() == Some(0) => return Err(empty()),
            Node::Stream(_) => return Ok(()),
        };
        check_size(slices.size)?;
        slices.table.check()?;
        let rows = slices.table.len();
        if rows == 0 || slices.take == 0 {
            return Err(Error::data("no samples are left: take, skip or split left nothing of the data set"));
        }
        if slices.len() > 0 {
            return Ok(());
        }
        let size = slices.size;
        Err(Error::data(match slices.skip {
            0 => format!("drop_remainder leaves nothing of {rows} samples in batches of {size}: use smaller batches"),
            skip => format!("{skip} batches of {size} are skipped, which leaves nothing of {rows} samples"),
        }))
    }
}

/// The error of a stream without samples.
pub(super) fn empty() -> Error {
    Error::data(
        "the data set has no samples: its source is empty, or take, skip, filter, zip, repeat, split or drop_remainder left \
         nothing of it",
    )
}

fn check_size(size: usize) -> Result<()> {
    if size > 0 {
        return Ok(());
    }
    Err(Error::data("a batch of 0 samples holds nothing: write .batch(n) with n of at least 1"))
}

impl Slices<'_> {
    fn len(&self) -> usize {
        let (rows, size) = (self.table.len(), self.size.max(1));
        let all = if self.drop_remainder { rows / size } else { rows.div_ceil(size) };
        all.saturating_sub(self.skip).min(self.take)
    }

    /// From where to where batch `index` goes in the order of a pass.
    pub(crate) fn range(&self, index: usize) -> Option<(usize, usize)> {
        let first = (self.skip + index) * self.size;
        (index < self.len()).then(|| (first, (first + self.size).min(self.table.len())))
    }
}

/// Puts samples into batches.
struct Stacker<'a, S> {
    samples: Shared<'a, Item<S>>,
    size: usize,
    padding: Option<Padding>,
}

impl<S: Sample> Source<StackedBatch> for Stacker<'_, S> {
    fn len(&self) -> Option<usize> {
        self.samples.len().filter(|_| self.size > 0).map(|len| len.div_ceil(self.size))
    }

    fn known(&self) -> Known {
        let known = self.samples.known();
        Known { size: Some(self.size), padding: self.padding.or(known.padding), ..known }
    }

    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, StackedBatch> {
        if let Err(error) = check_size(self.size) {
            return Box::new(std::iter::once(Err(error)));
        }
        let mut samples = self.samples.start(pass, scope);
        let mut first = 0;
        Box::new(std::iter::from_fn(move || {
            let batch = self.next(&mut samples, first).transpose()?;
            first += batch.as_ref().map_or(0, |batch| batch.rows);
            Some(batch)
        }))
    }
}

impl<S: Sample> Stacker<'_, S> {
    fn next(&self, samples: &mut Stream<'_, Item<S>>, first: usize) -> Result<Option<StackedBatch>> {
        let (mut inputs, mut targets, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for item in samples.take(self.size) {
            let item = item?;
            let (x, y, given) = item.sample.parts();
            inputs.push(x);
            targets.push(y);
            weights.push(item.weights.times(given));
        }
        let rows = weights.len();
        if rows == 0 {
            return Ok(None);
        }
        let mut stack = Stack::new(S::Inputs::ROLE, first, self.padding.as_ref());
        S::Inputs::stack(&inputs, &mut stack)?;
        let inputs = stack.finish();
        let mut stack = Stack::new(S::Targets::ROLE, first, self.padding.as_ref());
        S::Targets::stack(&targets, &mut stack)?;
        let weights = Weights::of_samples(&weights, S::Targets::NAMES, first, self.padding.as_ref())?;
        Ok(Some(StackedBatch { inputs, targets: stack.finish(), weights, rows, first }))
    }
}

/// The batches that are as large as was asked for.
struct WholeBatches<'a> {
    earlier: Shared<'a, StackedBatch>,
}

impl Source<StackedBatch> for WholeBatches<'_> {
    fn len(&self) -> Option<usize> {
        None
    }

    fn known(&self) -> Known {
        self.earlier.known()
    }

    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, StackedBatch> {
        let size = self.earlier.known().size.unwrap_or(0);
        Box::new(
            self.earlier
                .start(pass, scope)
                .filter(move |batch| batch.as_ref().map_or(true, |batch| batch.rows >= size)),
        )
    }
}

impl<'b, 'a, X, Y> IntoIterator for &'b Batches<'a, X, Y> {
    type Item = Result<Batch<X, Y>>;
    type IntoIter = Epoch<'b, 'a, X, Y>;

    /// The batches of the next epoch: the first loop is epoch 0.
    fn into_iter(self) -> Epoch<'b, 'a, X, Y> {
        self.epoch(self.loops.fetch_add(1, Ordering::Relaxed))
    }
}

/// The batches of one epoch; an error is the last of them.
pub struct Epoch<'s, 'a, X, Y> {
    feed: Feed<'s, 'a>,
    failed: bool,
    fields: PhantomData<fn() -> (X, Y)>,
}

impl<X, Y> fmt::Debug for Epoch<'_, '_, X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Epoch").field("position", &self.feed.position()).finish_non_exhaustive()
    }
}

impl<X, Y> Iterator for Epoch<'_, '_, X, Y> {
    type Item = Result<Batch<X, Y>>;

    fn next(&mut self) -> Option<Result<Batch<X, Y>>> {
        if self.failed {
            return None;
        }
        let batch = self.feed.next_owned().transpose()?;
        self.failed = batch.is_err();
        Some(batch.map(|stacked| Batch { stacked, fields: PhantomData }))
    }
}

/// A batch as `train_on_batch` and `gradients` take it.
pub struct Batch<X, Y> {
    stacked: StackedBatch,
    fields: PhantomData<fn() -> (X, Y)>,
}

impl<X, Y> fmt::Debug for Batch<X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stacked.fmt(f)
    }
}

impl<X: Columns<'static>, Y> Batch<X, Y> {
    /// The inputs: `DigitsInputs` for a model `Digits`.
    pub fn inputs(&self) -> <X::Sample as Fields>::Batch<'_> {
        X::Sample::batch(&self.stacked.inputs)
    }
}

impl<X, Y: Columns<'static>> Batch<X, Y> {
    /// The targets: `DigitsTargets` for a model `Digits`.
    pub fn targets(&self) -> <Y::Sample as Fields>::Batch<'_> {
        Y::Sample::batch(&self.stacked.targets)
    }
}

impl<X, Y: Columns<'static>> Batch<X, Y> {
    /// How much each sample counts, for `train_on_weighted_batch`; nothing where all count 1.
    pub fn sample_weights(&self) -> SampleWeights {
        self.stacked.weights.named(Y::Sample::NAMES)
    }
}

impl<X, Y> Batch<X, Y> {
    /// The number of samples.
    pub fn rows(&self) -> usize {
        self.stacked.rows
    }
}
