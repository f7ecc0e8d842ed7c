//! Products of few rows with one right operand, one after the other: what they have in common is decided once.

use crate::{Real, Threads};

use super::Matrix;
use super::block::{Block, Start};
use super::panel::{self, Panels};
use super::tile::{self, First, Kernel, Terms, Tile};

/// A right operand for products of so many rows.
pub(crate) struct Repeated<T> {
    panels: Panels<T>,
    rows: usize,
    pieces: Vec<Piece<T>>,
}

/// The tiles of a product that one call of a micro-kernel makes.
struct Piece<T> {
    kernel: Kernel<T>,
    row: usize,
    col: usize,
    cols: usize,
}

impl<T> Default for Repeated<T> {
    fn default() -> Self {
        Repeated { panels: Panels::default(), rows: 0, pieces: Vec::new() }
    }
}

impl<T: Real> Repeated<T> {
    /// Replaces the operand by `matrix`, for products of `rows` rows at the level of `threads`.
    pub(crate) fn pack(&mut self, threads: &Threads, matrix: Matrix<T>, rows: usize) {
        let level = threads.level();
        assert!(level.is_available(), "this processor does not have {level:?}");
        self.panels.pack_for(threads, matrix, rows);
        self.rows = rows;
        self.pieces.clear();
        let lanes = level.vector_bytes() / size_of::<T>();
        let mut col = 0;
        while col < matrix.cols {
            let vectors = panel::vectors_at(matrix.cols - col, lanes, panel::vectors(rows));
            let cols = (vectors * lanes).min(matrix.cols - col);
            for (row, count) in tile::split(rows, tile::rows(level, vectors)) {
                let kernel = tile::kernel(level, count, vectors);
                self.pieces.push(Piece { kernel, row, col, cols });
            }
            col += cols;
        }
    }

    /// `to = start + left · operand`, where row `i` of `left` begins at `rows[i]`. The columns are taken `backward` or forward:
    /// if that alternates, those that were taken last are still in the nearest cache when it is their turn again.
    ///
    /// # Panics
    /// If the sizes do not agree.
    pub(crate) fn multiply(&self, left: &[T], rows: &[usize], to: &mut Block<T>, start: Start<T>, backward: bool) {
        let right = self.panels.part();
        let (terms, cols) = right.size();
        assert_eq!((rows.len(), to.rows(), to.cols()), (self.rows, self.rows, cols), "sizes of a product");
        assert!(rows.iter().all(|row| row + terms <= left.len()), "a left operand reaches beyond its data");
        if let Start::Row(row) = start {
            assert_eq!(row.len(), cols, "a first value a column");
        }
        let terms = Terms { data: left.as_ptr(), rows, segments: &[0], run: terms, step: 1 };
        for index in 0..self.pieces.len() {
            let piece = &self.pieces[if backward { self.pieces.len() - 1 - index } else { index }];
            let first = match start {
                Start::Zero => First::Zero,
                Start::Row(row) => First::Row(row[piece.col..].as_ptr()),
                Start::Destination => First::Destination,
            };
            let tile = Tile {
                terms: &terms,
                row: piece.row,
                right: right.from(piece.col, 0).as_ptr(),
                right_stride: right.width(),
                ahead: 0,
                to: to.at(piece.row, piece.col),
                to_stride: to.stride(),
                cols: piece.cols,
                first,
                relu: false,
            };
            // SAFETY: the processor has the level, as was checked when the kernels were picked; the rows and columns of all
            // pieces lie within the product, whose sizes are right; panels are padded to whole vectors.
            unsafe { (piece.kernel)(&tile) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::tests::{assert_close, numbers, pools};

    fn check<T: Real>(rows: usize, terms: usize, cols: usize) {
        let (left, right) = (numbers::<T>(rows * (terms + 3), 1), numbers::<T>(terms * cols, 2));
        let (former, first) = (numbers::<T>(rows * (cols + 5), 3), numbers::<T>(cols, 4));
        let offsets: Vec<usize> = (0..rows).map(|row| row * (terms + 3)).collect();
        for threads in pools() {
            let mut repeated = Repeated::default();
            repeated.pack(&threads, Matrix::new(&right, terms, cols), rows);
            for case in 0..6 {
                let start = [Start::Zero, Start::Row(&first), Start::Destination][case / 2];
                let mut to = former.clone();
                let mut block = Block::new(&mut to, rows, cols, cols + 5);
                repeated.multiply(&left, &offsets, &mut block, start, case % 2 == 1);
                let mut expected: Vec<f64> = former.iter().map(|value| value.wide()).collect();
                for (row, col) in (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))) {
                    let sum: f64 =
                        (0..terms).map(|k| left[offsets[row] + k].wide() * right[k * cols + col].wide()).sum();
                    let place = &mut expected[row * (cols + 5) + col];
                    *place = sum + [0.0, first[col].wide(), *place][case / 2];
                }
                assert_close(&to, &expected, terms, &format!("{rows} x {terms} x {cols}, {:?}", threads.level()));
            }
        }
    }

    #[test]
    fn products_of_few_rows() {
        for rows in [1, 2, 3, 4, 7] {
            for (terms, cols) in [(1, 1), (5, 3), (32, 128), (33, 100), (7, 130), (400, 17), (20, 300)] {
                check::<f32>(rows, terms, cols);
                check::<f64>(rows, terms, cols);
            }
        }
    }
}
