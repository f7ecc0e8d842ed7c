//! The one place for sample weights and reductions.

use std::sync::atomic::{AtomicU64, Ordering};

use formwork_shape::Shape;
use smallvec::smallvec;

use super::axes::Turn;
use super::{Comparison, Options, Reduction};
use crate::Real;
use crate::kernels::scratch;
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
const PART: usize = 1 << 12;

/// What one row of an output should have been.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Truth<'a, T> {
    /// The numbers, and how many the last axis of the target has.
    Row(&'a [T], usize),
    Class(u32),
}

impl<'a, T> Truth<'a, T> {
    /// The numbers of a dense target.
    #[inline(always)]
    pub(crate) fn row(self) -> &'a [T] {
        match self {
            Truth::Row(row, _) => row,
            Truth::Class(_) => &[],
        }
    }

    /// What the certainty of a target is spread over where labels are smoothed: as in Keras the length of its last axis,
    /// whichever axis the classes are on.
    #[inline(always)]
    pub(crate) fn smoothed_over(self) -> usize {
        match self {
            Truth::Row(_, last) => last,
            Truth::Class(_) => 1,
        }
    }

    /// The id of a sparse target.
    #[inline(always)]
    pub(crate) fn class(self) -> u32 {
        match self {
            Truth::Row(..) => 0,
            Truth::Class(class) => class,
        }
    }
}

/// The loss of one row of the output: of the numbers along the loss's axes.
pub(crate) trait Formula: Sync {
    /// Does one number stand for one of two classes?
    const BINARY: bool = false;

    /// The loss of row `y`; its gradient goes to `dy`, where there is one.
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T;

    /// The sum of the losses of several rows of `width`, where each number counts by itself; the gradients, times `scale`, go to `dy`.
    fn numbers<T: Real>(&self, _y: &[T], _truth: &[T], _width: usize, _scale: T, _dy: Option<&mut [T]>) -> Option<f64> {
        None
    }

    /// The class that counts nothing.
    fn ignored(&self) -> Option<u32> {
        None
    }

    /// Do the settings make sense for an output of this shape? The message goes on after the name of the loss.
    fn check(&self, _output: &Shape) -> Result<(), String> {
        Ok(())
    }
}

/// A batch cut into rows.
struct Rows<'a, T> {
    y: &'a [T],
    numbers: &'a [T],
    ids: &'a [u32],
    weights: Option<&'a [T]>,
    mask: Option<&'a [T]>,
    width: usize,
    count: usize,
    /// The length of the last axis.
    last: usize,
    /// Rows that go along the batch meet every weight.
    crossed: bool,
}

/// Rows that share a number of `all`.
fn share(count: usize, all: usize) -> usize {
    (count / all.max(1)).max(1)
}

impl<'a, T: Real> Rows<'a, T> {
    #[inline(always)]
    fn y(&self, row: usize) -> &'a [T] {
        &self.y[row * self.width..][..self.width]
    }

    #[inline(always)]
    fn truth(&self, row: usize) -> Truth<'a, T> {
        match self.ids {
            [] => Truth::Row(&self.numbers[row * self.width..][..self.width], self.last),
            ids => Truth::Class(ids[row]),
        }
    }

    #[inline(always)]
    fn weight(&self, row: usize) -> T {
        let weight = match self.weights {
            None => T::one(),
            Some(weights) if self.crossed => weights.iter().fold(T::zero(), |sum, w| sum + *w),
            Some(weights) => weights[row / share(self.count, weights.len())],
        };
        self.mask.map_or(weight, |mask| weight * mask[row / share(self.count, mask.len())])
    }

    /// Rows that are neither padding nor of a class that counts nothing.
    fn valid(&self, ignored: Option<u32>) -> impl Iterator<Item = usize> {
        let masked = |row: usize| self.mask.is_some_and(|mask| mask[row / share(self.count, mask.len())] == T::zero());
        (0..self.count).filter(move |row| !masked(*row) && ignored.is_none_or(|ignored| self.ids[*row] != ignored))
    }

    /// What the sum of all losses is multiplied by.
    fn scale(&self, options: &Options, ignored: Option<u32>) -> f64 {
        let some = ignored.is_some() || self.mask.is_some();
        let asked = options.reduction == Reduction::MeanWithSampleWeight;
        let weighed = self.weights.filter(|_| asked).map(|weights| match some {
            true => self.valid(ignored).map(|row| self.weight(row).wide()).sum(),
            false => weights.iter().map(|w| w.wide()).sum(),
        });
        let count = match self.weights {
            Some(weights) if self.crossed => self.count * weights.len(),
            _ if some => self.valid(ignored).count(),
            _ => self.count,
        };
        options.scale_of(count, weighed)
    }

    /// The sum of the losses of some rows, and their gradients times `scale`.
    fn sum<F: Formula>(&self, formula: &F, from: usize, to: usize, scale: T, mut gradient: Option<&mut [T]>) -> f64 {
        if self.weights.is_none() && self.mask.is_none() && self.ids.is_empty() {
            let all = from * self.width..to * self.width;
            let (y, truth) = (&self.y[all.clone()], &self.numbers[all]);
            if let Some(sum) = formula.numbers(y, truth, self.width, scale, gradient.as_deref_mut()) {
                return sum;
            }
        }
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

/// What is done with the rows of a batch and the place of their gradient. Not generic: it would be compiled for each loss.
type WithRows<'f, T> = &'f mut dyn FnMut(Rows<'_, T>, Option<&mut [T]>);

/// Calls `f` with the rows of a batch along the loss's axes, and with the place of its gradient in the same order.
fn with_rows<T: Real>(options: &Options, batch: Comparison<'_, T>, f: WithRows<'_, T>) {
    let Comparison { output, target, sample_weights, mask, gradient } = batch;
    let (y, numbers, ids) = (output.data(), target.data(), target.id_data());
    let rank = output.shape().rank();
    // Axes that the output does not have have been refused; the last one is as good as any.
    let along = options.axes.as_ref().map(|axes| axes.of(output.shape()).unwrap_or_else(|_| smallvec![rank]));
    let along = along.unwrap_or_else(|| (0..=rank).collect());
    let turn = Turn::new(output.batch(), output.shape(), &along);
    let (width, crossed) = (turn.width().max(1), along.contains(&0));
    let (count, last) = (y.len() / width, output.last());
    let rows = Rows { y, numbers, ids, weights: sample_weights, mask, width, count, last, crossed };
    if turn.is_none() {
        return f(rows, gradient);
    }
    let turned = gradient.as_ref().map_or(0, |gradient| gradient.len());
    scratch::arrays([y.len(), numbers.len(), turned], |[turned_y, turned_numbers, turned]| {
        turn.apply(y, turned_y);
        if !numbers.is_empty() {
            turn.apply(numbers, turned_numbers);
        }
        // A mask marks places before the last axis, which are no rows here.
        let rows = Rows { y: turned_y, numbers: turned_numbers, mask: None, ..rows };
        let Some(gradient) = gradient else { return f(rows, None) };
        f(rows, Some(&mut *turned));
        turn.undo(turned, gradient);
    });
}

/// The loss of a batch and its gradient.
pub(crate) fn compute<T: Real, F: Formula>(formula: &F, options: &Options, batch: Comparison<'_, T>) -> f64 {
    let mut loss = 0.0;
    with_rows(options, batch, &mut |rows, gradient| {
        let scale = rows.scale(options, formula.ignored());
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
        match gradient {
            Some(gradient) => {
                threads.chunks_mut(gradient, part * rows.width, &|index, chunk| task(index, Some(chunk)));
            }
            None => threads.run(parts, &|index| task(index, None)),
        }
        let sums = sums.iter().take(parts).map(|sum| f64::from_bits(sum.load(Ordering::Relaxed)));
        loss = sums.sum::<f64>() * scale;
    });
    loss
}

/// The loss of each row.
pub(crate) fn each<T: Real, F: Formula>(formula: &F, options: &Options, batch: Comparison<'_, T>, losses: &mut [T]) {
    with_rows(options, batch, &mut |rows, _| {
        if rows.crossed && rows.count == 1 {
            // The one loss of the batch, for each weight.
            let loss = formula.row(rows.y(0), rows.truth(0), None);
            let weights = rows.weights.unwrap_or(&[]).iter().copied().chain(std::iter::repeat(T::one()));
            losses.iter_mut().zip(weights).for_each(|(place, weight)| *place = loss * weight);
            return;
        }
        for (row, loss) in losses.iter_mut().enumerate().take(rows.count) {
            *loss = T::of(rows.sum(formula, row, row + 1, T::one(), None));
        }
    });
}
