//! The one place for sample weights and reductions.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Comparison, Options, Reduction};
use crate::Real;
use crate::threads::Threads;

/// Keras' guard against logarithms and quotients of 0.
pub(crate) const EPSILON: f64 = 1e-7;

/// `x` between two limits. NaN stays NaN, so that a model that has gone wrong is noticed.
#[inline(always)]
pub(crate) fn clip<T: Real>(x: T, low: T, high: T) -> T {
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}

/// A batch is cut into at most this many parts, whatever the number of threads: the sums are the same bits for any.
const PARTS: usize = 64;

/// A part has at least this many numbers.
const PART: usize = 1 << 13;

/// What one row of an output should have been.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Truth<'a, T> {
    Row(&'a [T]),
    Class(u32),
}

impl<'a, T> Truth<'a, T> {
    /// The numbers of a dense target.
    #[inline(always)]
    pub(crate) fn row(self) -> &'a [T] {
        match self {
            Truth::Row(row) => row,
            Truth::Class(_) => &[],
        }
    }

    /// The id of a sparse target.
    #[inline(always)]
    pub(crate) fn class(self) -> u32 {
        match self {
            Truth::Row(_) => 0,
            Truth::Class(class) => class,
        }
    }
}

/// What a formula takes for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// The last axis of the output.
    LastAxis,
    /// A whole sample.
    Sample,
    /// The whole batch.
    Batch,
}

/// The loss of one row of the output's last axis.
pub(crate) trait Formula: Sync {
    /// What it takes for a row.
    fn span(&self) -> Span {
        Span::LastAxis
    }

    /// The loss of row `y`; its gradient goes to `dy`, where there is one.
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T;

    /// The class that counts nothing.
    fn ignored(&self) -> Option<u32> {
        None
    }
}

/// A batch cut into rows.
struct Rows<'a, T> {
    y: &'a [T],
    numbers: &'a [T],
    ids: &'a [u32],
    weights: Option<&'a [T]>,
    width: usize,
    count: usize,
    /// Rows a weight: those of a sample, or one where each step has its own.
    positions: usize,
    /// Has each row a weight of its own, 0 for padding?
    masked: bool,
    /// Is the whole batch one row?
    one: bool,
}

impl<'a, T: Real> Rows<'a, T> {
    fn new(batch: &Comparison<'a, T>, span: Span) -> Self {
        let y = batch.output.data();
        let width = match span {
            Span::LastAxis => batch.output.last(),
            Span::Sample => y.len() / batch.output.batch().max(1),
            Span::Batch => y.len(),
        };
        let width = width.max(1);
        let count = y.len() / width;
        let weights = batch.sample_weights.map_or(batch.output.batch(), <[T]>::len).max(1);
        Rows {
            y,
            numbers: batch.target.data(),
            ids: batch.target.id_data(),
            weights: batch.sample_weights,
            width,
            count,
            positions: (count / weights).max(1),
            masked: weights > batch.output.batch(),
            one: span == Span::Batch,
        }
    }

    #[inline(always)]
    fn y(&self, row: usize) -> &'a [T] {
        &self.y[row * self.width..][..self.width]
    }

    #[inline(always)]
    fn truth(&self, row: usize) -> Truth<'a, T> {
        match self.ids {
            [] => Truth::Row(&self.numbers[row * self.width..][..self.width]),
            ids => Truth::Class(ids[row]),
        }
    }

    #[inline(always)]
    fn weight(&self, row: usize) -> T {
        if self.one {
            // One loss meets every weight.
            return self.weights.map_or(T::one(), |weights| weights.iter().fold(T::zero(), |sum, w| sum + *w));
        }
        self.weights.map_or(T::one(), |weights| weights[row / self.positions])
    }

    /// What the sum of all losses is multiplied by.
    fn scale(&self, reduction: Reduction, ignored: Option<u32>) -> f64 {
        let valid = match ignored {
            _ if self.one => self.weights.map_or(1, <[T]>::len),
            _ if self.masked => self.weights.map_or(0, |weights| weights.iter().filter(|w| **w != T::zero()).count()),
            Some(ignored) => self.ids.iter().filter(|id| **id != ignored).count(),
            None => self.count,
        };
        let divisor = match reduction {
            Reduction::Sum => return 1.0,
            Reduction::SumOverBatchSize => valid as f64,
            Reduction::MeanWithSampleWeight => match self.weights {
                Some(weights) => weights.iter().map(|w| w.wide()).sum::<f64>() * self.positions as f64,
                None => valid as f64,
            },
        };
        if divisor == 0.0 { 0.0 } else { 1.0 / divisor }
    }

    /// The sum of the losses of some rows, and their gradients times `scale`.
    fn sum<F: Formula>(&self, formula: &F, from: usize, to: usize, scale: T, mut gradient: Option<&mut [T]>) -> f64 {
        let ignored = formula.ignored();
        let mut sum = 0.0;
        for row in from..to {
            let mut dy = gradient.as_deref_mut().map(|all| &mut all[(row - from) * self.width..][..self.width]);
            let truth = self.truth(row);
            if matches!((truth, ignored), (Truth::Class(class), Some(ignored)) if class == ignored) {
                if let Some(dy) = dy {
                    dy.fill(T::zero());
                }
                continue;
            }
            let weight = self.weight(row);
            let loss = formula.row(self.y(row), truth, dy.as_deref_mut());
            sum += (loss * weight).wide();
            if let Some(dy) = dy {
                let factor = weight * scale;
                dy.iter_mut().for_each(|d| *d *= factor);
            }
        }
        sum
    }
}

/// The loss of a batch and its gradient.
pub(crate) fn compute<T: Real, F: Formula>(formula: &F, options: &Options, batch: Comparison<'_, T>) -> f64 {
    let rows = Rows::new(&batch, formula.span());
    let scale = rows.scale(options.reduction, formula.ignored());
    let slope = T::of(scale * options.weight);
    let part = rows.count.div_ceil(PARTS).max(PART.div_ceil(rows.width));
    let parts = rows.count.div_ceil(part);
    let sums = [const { AtomicU64::new(0) }; PARTS];
    let threads = Threads::global();
    let task = |index: usize, gradient: Option<&mut [T]>| {
        let from = index * part;
        let sum = rows.sum(formula, from, (from + part).min(rows.count), slope, gradient);
        sums[index].store(sum.to_bits(), Ordering::Relaxed);
    };
    match batch.gradient {
        Some(gradient) => threads.chunks_mut(gradient, part * rows.width, &|index, chunk| task(index, Some(chunk))),
        None => threads.run(parts, &|index| task(index, None)),
    }
    sums.iter().take(parts).map(|sum| f64::from_bits(sum.load(Ordering::Relaxed))).sum::<f64>() * scale
}

/// The loss of each row.
pub(crate) fn each<T: Real, F: Formula>(formula: &F, batch: Comparison<'_, T>, losses: &mut [T]) {
    let rows = Rows::new(&batch, formula.span());
    if rows.one {
        // The one loss of the batch, for each weight.
        let loss = formula.row(rows.y(0), rows.truth(0), None);
        let weights = rows.weights.unwrap_or(&[]).iter().copied().chain(std::iter::repeat(T::one()));
        losses.iter_mut().zip(weights).for_each(|(place, weight)| *place = loss * weight);
        return;
    }
    for (row, loss) in losses.iter_mut().enumerate().take(rows.count) {
        *loss = T::of(rows.sum(formula, row, row + 1, T::one(), None));
    }
}
