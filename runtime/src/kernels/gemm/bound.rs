//! Numbers that no element of a product exceeds in size.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::kernels::{Level, reduce};
use crate::{Real, Threads};

use super::Matrix;

/// Elements that are worth a task.
const TASK: usize = 1 << 15;

/// A number that no element of `left right` exceeds in size: NaN or infinite where an operand holds such a value, or where the
/// product may overflow. The operands are looked through, not multiplied.
pub(crate) fn bound<T: Real>(threads: &Threads, left: Matrix<T>, right: Matrix<T>) -> f64 {
    assert_eq!(left.cols, right.rows, "terms of a product");
    let of = |data: &[T]| {
        let most = Most::default();
        threads.run(data.len().div_ceil(TASK), &|task| {
            most.see(threads.level(), &data[task * TASK..data.len().min((task + 1) * TASK)]);
        });
        most
    };
    of(left.data).times(of(right.data), left.cols)
}

/// A number that no element of an operand exceeds in size: the largest sum of the sizes of those that were seen together.
#[derive(Default)]
pub(super) struct Most(AtomicU64);

impl Most {
    pub(super) fn see<T: Real>(&self, level: Level, data: &[T]) {
        // Sizes have the order of their bits, and NaN comes after infinity.
        self.0.fetch_max(reduce::sizes(level, data).wide().abs().to_bits(), Ordering::Relaxed);
    }

    /// That of a product of so many terms.
    pub(super) fn times(self, other: Self, terms: usize) -> f64 {
        let [left, right] = [self, other].map(|most| f64::from_bits(most.0.into_inner()));
        terms as f64 * left * right
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Write;
    use crate::kernels::gemm::tests::{numbers, pools};
    use crate::kernels::gemm::{Epilogue, PackedProduct, gemm};

    #[test]
    fn no_element_exceeds_it() {
        for threads in pools() {
            for (rows, cols, terms) in [(64, 100, 32), (700, 40, 30), (1, 2, 1), (3, 4, 0)] {
                let (left, right) = (numbers::<f64>(terms * rows, 1), numbers::<f64>(terms * cols, 2));
                let (left, right) = (Matrix::new(&left, terms, rows).transposed(), Matrix::new(&right, terms, cols));
                let mut product = vec![f64::NAN; rows * cols];
                gemm(&threads, left, right, &mut product, cols, Write::Overwrite, &Epilogue::none());
                let bound = bound(&threads, left, right);
                assert!(bound.is_finite() && product.iter().all(|value| value.abs() <= bound), "{bound}");
            }
        }
    }

    #[test]
    fn what_may_not_be_finite_has_no_finite_bound() {
        let threads = Threads::new(2);
        for (left, right) in [(f32::NAN, 1.0), (1.0, f32::INFINITY), (f32::NEG_INFINITY, 0.0), (f32::MAX, 2.0)] {
            // The numbers in question are in different tasks.
            let (mut a, mut b) = (vec![0.5; 3 * 20_000], vec![0.25; 3 * 70]);
            (a[43_001], b[101]) = (left, right);
            let (a, b) = (Matrix::new(&a, 3, 20_000), Matrix::new(&b, 3, 70));
            for bound in [bound(&threads, a.transposed(), b), PackedProduct::default().pack(&threads, a, b)] {
                assert!(bound.is_nan() || bound > f64::from(f32::MAX), "{left} {right}: {bound}");
            }
        }
    }
}
