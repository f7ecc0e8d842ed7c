//! Right operands that stay the same from call to call, as weights do in predictions: copied once.

use crate::buffer::Buffer;
use crate::kernels::Level;
use crate::{Real, Threads};

use super::amx::Way;
use super::block::PACK_ROWS;
use super::cut::level;
use super::row::is_better_by_columns;
use super::{Matrix, Panels, Right};

/// Elements of the largest matrix of which columns are kept: one that stays in the second-level cache.
const COLUMNS: usize = 1 << 18;

/// Elements of the largest matrix of which panels are kept: some megabytes, which are there twice then, or with those for tiles up to
/// four times.
const PANELS: usize = 1 << 22;

/// Rows from which panels are worth keeping for a matrix that is multiplied again and again.
const AGAIN_ROWS: usize = 8;

/// What tells the values of a matrix from all others that there ever were, and its size.
type Key = (u64, [usize; 2]);

/// A matrix in the forms that products of one row and of many want, each with the matrix that it was made of.
#[derive(Debug)]
pub(crate) struct KeptRight<T> {
    columns: (Option<Key>, Buffer<T>),
    /// For products by vectors, and by tiles.
    panels: [(Option<Key>, Panels<T>); 2],
    /// The last matrix that was left as it lies: the second time, a copy is worth it.
    seen: Option<Key>,
}

impl<T> Default for KeptRight<T> {
    fn default() -> Self {
        KeptRight { columns: (None, Buffer::default()), panels: Default::default(), seen: None }
    }
}

impl<T: Real> KeptRight<T> {
    /// A matrix as the right operand of a product of `rows` rows: its columns or its panels, where those are faster than the
    /// matrix as it lies. `stamp` tells the values of the matrix from all others that there ever were; `ways` say how the numbers of
    /// both operands come to tiles, with [`Way::Kept`] for a matrix that is expected to be met again.
    pub(crate) fn right<'a>(
        &'a mut self,
        threads: &Threads,
        stamp: u64,
        matrix: Matrix<'a, T>,
        rows: usize,
        ways: [Way; 2],
    ) -> Right<'a, T> {
        let size = [matrix.rows, matrix.cols];
        let key = Some((stamp, size));
        let elements = size[0] * size[1];
        // A single column lies well as it is.
        if size[1] <= 1 || elements > PANELS {
            return matrix.into();
        }
        if rows == 1 && elements <= COLUMNS && is_better_by_columns(&matrix) {
            let (of, columns) = &mut self.columns;
            if *of != key {
                *of = None;
                copy_columns(matrix, columns.take(size[0] * size[1]));
                *of = key;
            }
            return Matrix::new(columns.get(size[0] * size[1]), size[1], size[0]).transposed().into();
        }
        let level = level::<T>(threads, [rows, size[1], size[0]], ways);
        let is_by_tiles = level == Level::Amx;
        let (of, panels) = &mut self.panels[usize::from(is_by_tiles)];
        // Whether tiles are used must not follow from what was asked for before.
        let is_only_kept = is_by_tiles && ways[1] == Way::Kept;
        if !is_only_kept && (rows < AGAIN_ROWS || (rows < PACK_ROWS && self.seen != key)) {
            self.seen = key;
            return matrix.into();
        }
        if *of != key || panels.level() != level {
            *of = None;
            panels.pack(threads, level, matrix);
            *of = key;
        }
        (&*panels).into()
    }
}

/// Writes the columns of a matrix one after the other.
fn copy_columns<T: Real>(matrix: Matrix<T>, to: &mut [T]) {
    for (col, column) in to.chunks_exact_mut(matrix.rows).enumerate() {
        let from = matrix.data[col * matrix.col_stride..].iter().step_by(matrix.row_stride);
        column.iter_mut().zip(from).for_each(|(to, value)| *to = *value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::tests::{assert_close, numbers, pools};
    use crate::kernels::gemm::{Epilogue, Write, gemm, gemm_with};

    fn check<T: Real>() {
        let mut kept = KeptRight::default();
        let sizes = [
            (64, 100, 70),
            (64, 33, 70),
            (300, 256, 256),
            (5, 40, 40),
            (13, 1, 9),
            (20, 1000, 500),
            (700, 64, 3),
            (700, 128, 96),
            (1, 33, 70),
            (1, 5, 70),
            (1, 1, 70),
        ];
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
                        let b = kept.right(&threads, stamp, b, m, [Way::Straight; 2]);
                        gemm_with(&threads, a, b, &mut packed, n, Write::Add, &Epilogue::none());
                        let what = format!("{m} x {n} x {k}, {:?}", threads.level());
                        if m > 1 {
                            assert_eq!(plain, packed, "{what}");
                        } else {
                            let plain: Vec<f64> = plain.iter().map(|value| value.wide()).collect();
                            assert_close(&packed, &plain, k, &what);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_matrix_to_be_met_again_gives_the_same_at_once() {
        for threads in pools() {
            let (m, n, k) = (32, 128, 400);
            let (a, b) = (numbers::<f32>(m * k, 1), numbers::<f32>(k * n, 2));
            let (a, b) = (Matrix::new(&a, m, k), Matrix::new(&b, k, n));
            let (mut kept, mut plain) = (KeptRight::default(), vec![0.0; m * n]);
            gemm(&threads, a, b, &mut plain, n, Write::Overwrite, &Epilogue::none());
            let plain: Vec<f64> = plain.iter().map(|value| value.wide()).collect();
            let products = [(), ()].map(|()| {
                let right = kept.right(&threads, 1, b, m, [Way::Straight, Way::Kept]);
                let mut c = vec![0.0; m * n];
                gemm_with(&threads, a, right, &mut c, n, Write::Overwrite, &Epilogue::none());
                assert_close(&c, &plain, k, &format!("{:?}", threads.level()));
                c
            });
            assert!(products[0] == products[1], "{:?}", threads.level());
        }
    }

    #[test]
    fn a_kept_matrix_gives_the_same_products() {
        check::<f32>();
        check::<f64>();
    }
}
