//! Right operands that stay the same from call to call, as weights do in predictions: packed once.

use crate::{Real, Threads};

use super::block::PACK_ROWS;
use super::{Matrix, Panels, Right};

/// Elements of the largest matrix of which a copy is kept: one that stays in the second-level cache.
const LARGEST: usize = 1 << 18;

/// The panels of a matrix, and which one.
#[derive(Debug)]
pub(crate) struct KeptPanels<T> {
    /// What tells its values from all others that there ever were, and its size.
    of: Option<(u64, [usize; 2])>,
    panels: Panels<T>,
}

impl<T> Default for KeptPanels<T> {
    fn default() -> Self {
        KeptPanels { of: None, panels: Panels::default() }
    }
}

impl<T: Real> KeptPanels<T> {
    /// A matrix as the right operand of a product of `rows` rows: its panels, where the product would pack it anyway. `stamp`
    /// tells the values of the matrix from all others that there ever were.
    pub(crate) fn right<'a>(
        &'a mut self,
        threads: &Threads,
        stamp: u64,
        matrix: Matrix<'a, T>,
        rows: usize,
    ) -> Right<'a, T> {
        let size = [matrix.rows, matrix.cols];
        if rows < PACK_ROWS || size[0] * size[1] > LARGEST {
            return matrix.into();
        }
        let of = Some((stamp, size));
        if self.of != of || !self.panels.are_for(threads) {
            self.of = None;
            self.panels.pack(threads, matrix);
            self.of = of;
        }
        (&self.panels).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::tests::{numbers, pools};
    use crate::kernels::gemm::{Epilogue, Write, gemm, gemm_with};

    fn check<T: Real>() {
        let mut kept = KeptPanels::default();
        let sizes =
            [(64, 100, 70), (64, 33, 70), (300, 256, 256), (5, 40, 40), (13, 1, 9), (20, 1000, 500), (700, 64, 3)];
        for threads in pools() {
            for (m, n, k) in sizes {
                let (a, former) = (numbers::<T>(m * k, 1), numbers::<T>(m * n, 2));
                for stamp in [1, 2] {
                    let b = numbers::<T>(k * n, 2 + stamp);
                    let (a, b) = (Matrix::new(&a, m, k), Matrix::new(&b, k, n));
                    let (mut plain, mut packed) = (former.clone(), former.clone());
                    gemm(&threads, a, b, &mut plain, n, Write::Add, &Epilogue::none());
                    // Once packed, and once as it was packed before.
                    for _ in 0..2 {
                        packed.copy_from_slice(&former);
                        let b = kept.right(&threads, stamp, b, m);
                        gemm_with(&threads, a, b, &mut packed, n, Write::Add, &Epilogue::none());
                        assert_eq!(plain, packed, "{m} x {n} x {k}, {:?}", threads.level());
                    }
                }
            }
        }
    }

    #[test]
    fn a_kept_matrix_gives_the_same_products() {
        check::<f32>();
        check::<f64>();
    }
}
