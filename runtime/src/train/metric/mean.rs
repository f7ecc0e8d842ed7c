//! A weighted mean over the rows of all batches.

use crate::Real;
use crate::train::Comparison;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    pub(crate) sum: f64,
    pub(crate) count: f64,
}

impl Mean {
    pub(crate) fn clear(&mut self) {
        *self = Mean::default();
    }

    pub(crate) fn numbers(&self) -> Vec<f64> {
        vec![self.sum, self.count]
    }

    pub(crate) fn restore(&mut self, numbers: &[f64]) {
        if let [sum, count] = *numbers {
            *self = Mean { sum, count };
        }
    }

    pub(crate) fn value(&self) -> f64 {
        if self.count == 0.0 { 0.0 } else { self.sum / self.count }
    }

    /// Adds what `row` says about each row of the output's last axis: its place, and its numbers.
    #[inline]
    pub(crate) fn add<'a, T: Real>(&mut self, batch: &Comparison<'a, T>, mut row: impl FnMut(usize, &'a [T]) -> f64) {
        each_row(batch, |place, y, weight| {
            self.sum += weight * row(place, y);
            self.count += weight;
        });
    }
}

/// Calls `f` with the place, the numbers and the weight of each row of the output's last axis.
#[inline]
pub(crate) fn each_row<'a, T: Real>(batch: &Comparison<'a, T>, mut f: impl FnMut(usize, &'a [T], f64)) {
    let width = batch.output.last().max(1);
    let y = batch.output.data();
    let positions = (y.len() / width / batch.output.batch().max(1)).max(1);
    for (place, y) in y.chunks_exact(width).enumerate() {
        let weight = batch.sample_weights.map_or(1.0, |weights| weights[place / positions].wide());
        f(place, y, weight);
    }
}

/// Row `place` of a target of numbers.
#[inline]
pub(crate) fn truth<'a, T: Real>(batch: &Comparison<'a, T>, place: usize) -> &'a [T] {
    let width = batch.output.last().max(1);
    &batch.target.data()[place * width..][..width]
}

/// The place of the largest number; of equal ones the first.
#[inline]
pub(crate) fn argmax<T: Real>(row: &[T]) -> usize {
    let mut best = 0;
    for (place, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = place;
        }
    }
    best
}
