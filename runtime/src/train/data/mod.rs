//! Samples, and batches of them.

mod categorical;
mod column;
mod gather;

pub use categorical::to_categorical;
pub use column::{Column, Columns, Scan, ScanElement};
pub(crate) use gather::Gather;

use std::fmt;

use crate::random::{Purpose, Random};
use crate::{Error, Result};

/// Samples in memory: a model's inputs and what it should make of them.
///
/// ```text
/// let train = Dataset::from_arrays(DigitsInputs { image: &x }, DigitsTargets { output: &labels })?
///     .shuffle(4_000, SEED)
///     .batch(32);
/// ```
#[derive(Clone)]
pub struct Dataset<X, Y> {
    inputs: X,
    targets: Y,
    /// The place of the first sample in the arrays.
    first: usize,
    rows: usize,
    /// By the place in the arrays.
    weights: Option<Vec<f64>>,
    shuffle: Option<Shuffle>,
}

/// What still works on single samples.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the samples are in batches already",
    label = "works on samples, not on batches",
    note = "hint: shuffle first, then batch, each once: `.shuffle(1_000, SEED).batch(32)`"
)]
pub trait Unbatched {}

#[derive(Clone, Copy, Debug)]
struct Shuffle {
    buffer: usize,
    seed: u64,
}

/// Samples in batches. What works on samples, such as `shuffle`, is done before `batch`.
#[derive(Clone)]
pub struct Batches<X, Y> {
    samples: Dataset<X, Y>,
    size: usize,
    drop_remainder: bool,
}

impl<X, Y> fmt::Debug for Dataset<X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset").field("rows", &self.rows).field("shuffle", &self.shuffle).finish_non_exhaustive()
    }
}

impl<X, Y> fmt::Debug for Batches<X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("samples", &self.samples).field("size", &self.size).finish_non_exhaustive()
    }
}

impl<X: Columns, Y: Columns> Dataset<X, Y> {
    /// Samples that borrow the arrays of a model's inputs and targets.
    ///
    /// # Errors
    /// If the arrays have different numbers of rows or none, or hold NaN or infinity.
    pub fn from_arrays(inputs: X, targets: Y) -> Result<Self> {
        let rows = column::check(inputs.columns().as_ref(), targets.columns().as_ref())?;
        Ok(Dataset { inputs, targets, first: 0, rows, weights: None, shuffle: None })
    }
}

impl<X, Y> Dataset<X, Y> {
    /// The number of samples.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// How much each sample counts in losses and in metrics.
    ///
    /// # Errors
    /// If there is not one weight a sample, or if one is negative, NaN or infinite.
    pub fn sample_weights<'w, W: Copy + Into<f64> + 'w>(
        mut self,
        weights: impl IntoIterator<Item = &'w W>,
    ) -> Result<Self> {
        let mut weights: Vec<f64> = weights.into_iter().map(|w| (*w).into()).collect();
        if weights.len() != self.rows {
            let (count, rows) = (weights.len(), self.rows);
            return Err(Error::data(format!("there are {count} sample weights for {rows} samples: give one a sample")));
        }
        if let Some(row) = weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
            let weight = weights[row];
            return Err(Error::data(format!(
                "the sample weight in row {row} is {weight}: give a number of at least 0"
            )));
        }
        weights.splice(0..0, std::iter::repeat_n(0.0, self.first));
        self.weights = Some(weights);
        Ok(self)
    }

    /// The first `count` samples, or all if there are fewer.
    pub fn take(mut self, count: usize) -> Self {
        self.rows = self.rows.min(count);
        self
    }

    /// The samples after the first `count`.
    pub fn skip(mut self, count: usize) -> Self {
        let count = self.rows.min(count);
        self.first += count;
        self.rows -= count;
        self
    }

    /// The samples without the last `share` of them, and the last ones (Keras' `validation_split`).
    pub fn split(self, share: f64) -> (Self, Self)
    where
        X: Clone,
        Y: Clone,
    {
        let rest = (self.rows as f64 * share.clamp(0.0, 1.0)).round() as usize;
        let kept = self.rows - rest;
        (self.clone().take(kept), self.skip(kept))
    }

    /// A new order in each epoch: the next sample is drawn from a buffer of so many, which the following samples refill.
    /// A buffer as large as the data set mixes perfectly.
    pub fn shuffle(mut self, buffer: usize, seed: u64) -> Self {
        self.shuffle = Some(Shuffle { buffer, seed });
        self
    }

    /// Batches of `size` samples; the last one may be smaller.
    pub fn batch(self, size: usize) -> Batches<X, Y> {
        Batches { samples: self, size, drop_remainder: false }
    }
}

impl<X, Y> Batches<X, Y> {
    /// Leaves out a last batch that is smaller than the others.
    pub fn drop_remainder(mut self) -> Self {
        self.drop_remainder = true;
        self
    }

    /// The number of batches in an epoch.
    pub fn len(&self) -> usize {
        let size = self.size.max(1);
        if self.drop_remainder { self.samples.rows / size } else { self.samples.rows.div_ceil(size) }
    }

    /// Is there no batch?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Never compiles: these are batches already.
    #[doc(hidden)]
    pub fn batch(self, _: usize) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    /// Never compiles: samples are shuffled before they are put into batches.
    #[doc(hidden)]
    pub fn shuffle(self, _: usize, _: u64) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    pub(crate) fn inputs(&self) -> &X {
        &self.samples.inputs
    }

    pub(crate) fn targets(&self) -> &Y {
        &self.samples.targets
    }

    pub(crate) fn weights(&self) -> Option<&[f64]> {
        self.samples.weights.as_deref()
    }

    pub(crate) fn shuffled(&self) -> bool {
        self.samples.shuffle.is_some()
    }

    /// From where to where batch `index` goes in the order of an epoch.
    pub(crate) fn range(&self, index: usize) -> (usize, usize) {
        let first = index * self.size;
        (first, (first + self.size).min(self.samples.rows))
    }

    /// Can it be trained on at all?
    pub(crate) fn check(&self) -> Result<()> {
        if self.size == 0 {
            return Err(Error::data("a batch of 0 samples holds nothing: write .batch(n) with n of at least 1"));
        }
        if self.samples.shuffle.is_some_and(|shuffle| shuffle.buffer == 0) {
            return Err(Error::data(
                "shuffle needs a buffer of at least 1 sample; as many as there are samples mix best",
            ));
        }
        if self.samples.rows == 0 {
            return Err(Error::data("no samples are left: take, skip or split left nothing of the data set"));
        }
        if self.is_empty() {
            let (rows, size) = (self.samples.rows, self.size);
            return Err(Error::data(format!(
                "drop_remainder leaves nothing of {rows} samples in batches of {size}: use smaller batches"
            )));
        }
        Ok(())
    }

    /// The samples in the order of the arrays.
    pub(crate) fn in_order(&self, order: &mut Vec<usize>) {
        order.clear();
        order.extend(self.samples.first..self.samples.first + self.samples.rows);
    }

    /// The order of the samples in an epoch.
    pub(crate) fn order(&self, epoch: u64, order: &mut Vec<usize>) {
        self.in_order(order);
        if let Some(Shuffle { buffer, seed }) = self.samples.shuffle {
            mix(order, buffer, &mut Random::new(seed, Purpose::Shuffle, epoch));
        }
    }
}

/// Draws each item from the next `buffer` items. In place: what has not been drawn stays inside the buffer's window.
fn mix(items: &mut [usize], buffer: usize, random: &mut Random) {
    for i in 0..items.len() {
        let window = buffer.min(items.len() - i).max(1);
        items.swap(i, i + random.below(window));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_is_a_permutation_that_keeps_to_its_buffer() {
        let mut items: Vec<usize> = (0..100).collect();
        mix(&mut items, 10, &mut Random::new(1, Purpose::Shuffle, 0));
        assert!(items.iter().enumerate().all(|(place, item)| *item < place + 10));
        items.sort_unstable();
        assert!(items.iter().enumerate().all(|(place, item)| place == *item));
    }
}
