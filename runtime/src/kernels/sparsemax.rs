//! Sparsemax over rows: the point of the simplex that is closest to a row. From: Martins, Astudillo, "From Softmax to
//! Sparsemax: A Sparse Model of Attention and Multi-Label Classification", 2016.

use std::cmp::Ordering;

use crate::Real;

use super::{Write, scratch};

/// Each row becomes `max(x - τ, 0)`, with the τ for which its sum is 1.
///
/// # Panics
/// If `width` does not divide the values into rows.
pub fn sparsemax<T: Real>(values: &mut [T], width: usize) {
    check(values.len(), width);
    scratch::elements(width, |sorted: &mut [T]| {
        for row in values.chunks_exact_mut(width.max(1)) {
            sorted.copy_from_slice(row);
            sorted.sort_unstable_by(|a, b| b.partial_cmp(a).unwrap_or(Ordering::Equal));
            let threshold = threshold(sorted);
            for value in row {
                let above = *value - threshold;
                // A comparison that leaves NaN.
                *value = if above < T::zero() { T::zero() } else { above };
            }
        }
    });
}

/// τ, from a row in falling order: the largest values whose distances from the smallest of them sum to less than 1 are
/// those that stay above 0. NaN if there is none, for a row with a NaN.
fn threshold<T: Real>(sorted: &[T]) -> T {
    let (mut sum, mut kept) = (T::zero(), T::nan());
    for (place, value) in sorted.iter().enumerate() {
        sum += *value;
        let count = T::of((place + 1) as f64);
        if sum.is_nan() {
            return sum;
        }
        if T::one() + count * *value > sum {
            kept = (sum - T::one()) / count;
        }
    }
    kept
}

/// `dx = dy` less its mean over the values of the row that are above 0, and 0 for the others.
///
/// # Panics
/// If the lengths differ, or `width` does not divide the values into rows.
pub fn sparsemax_gradient<T: Real>(y: &[T], dy: &[T], dx: &mut [T], write: Write, width: usize) {
    assert!(y.len() == dx.len() && dy.len() == dx.len(), "the slices of a sparsemax have one length");
    check(dx.len(), width);
    let rows = y.chunks_exact(width.max(1)).zip(dy.chunks_exact(width.max(1)));
    for (dx, (y, dy)) in dx.chunks_exact_mut(width.max(1)).zip(rows) {
        let kept = || y.iter().zip(dy).filter(|(y, _)| **y > T::zero());
        let sum = kept().fold(T::zero(), |sum, (_, dy)| sum + *dy);
        let mean = sum / T::of(kept().count() as f64);
        for (dx, (y, dy)) in dx.iter_mut().zip(y.iter().zip(dy)) {
            write.put(dx, if *y > T::zero() { *dy - mean } else { T::zero() });
        }
    }
}

fn check(len: usize, width: usize) {
    assert!(len == 0 || (width > 0 && len.is_multiple_of(width)), "rows of {width} values do not make {len}");
}
