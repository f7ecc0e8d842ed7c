//! Panels of the right operand: one vector, or a few, of columns side by side, term after term.

use std::ops::Range;

use crate::Real;
use crate::kernels::Level;
use crate::kernels::level::Routine;

use super::Matrix;

/// The side of the squares that a transposition moves at once.
const SQUARE: usize = 8;

/// Copies some terms of the columns from `col` on into `panel`, `width` columns a term; columns that the matrix lacks
/// become 0.
pub(in crate::kernels) fn pack<T: Real>(
    level: Level,
    b: &Matrix<T>,
    terms: Range<usize>,
    col: usize,
    width: usize,
    panel: &mut [T],
) {
    let cols = width.min(b.cols - col);
    let data = b.data.get(terms.start * b.row_stride + col * b.col_stride..).unwrap_or_default();
    let source = Source { data, row_stride: b.row_stride, col_stride: b.col_stride, cols };
    level.run(Pack { source, width, panel: &mut panel[..terms.len() * width] });
}

struct Source<'a, T> {
    data: &'a [T],
    row_stride: usize,
    col_stride: usize,
    cols: usize,
}

struct Pack<'a, T> {
    source: Source<'a, T>,
    width: usize,
    panel: &'a mut [T],
}

impl<T: Real> Routine for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Pack { source, width, panel } = self;
        if source.col_stride == 1 {
            for (term, line) in panel.chunks_exact_mut(width).enumerate() {
                line[..source.cols].copy_from_slice(&source.data[term * source.row_stride..][..source.cols]);
                line[source.cols..].fill(T::zero());
            }
            return;
        }
        let terms = panel.len() / width;
        // Squares use both sides a cache line at a time.
        for col in (0..width).step_by(SQUARE) {
            let cols = SQUARE.min(source.cols.saturating_sub(col));
            let squares = if source.row_stride == 1 && cols == SQUARE { terms / SQUARE } else { 0 };
            for term in (0..squares).map(|square| square * SQUARE) {
                let from = &source.data[term + col * source.col_stride..];
                transpose(from, source.col_stride, &mut panel[term * width + col..], width);
            }
            for term in squares * SQUARE..terms {
                let line = &mut panel[term * width + col..][..SQUARE.min(width - col)];
                line[cols..].fill(T::zero());
                for (j, value) in line[..cols].iter_mut().enumerate() {
                    *value = source.data[term * source.row_stride + (col + j) * source.col_stride];
                }
            }
        }
    }
}

/// Transposes one square from `from` to `to`.
#[inline(always)]
fn transpose<T: Real>(from: &[T], from_stride: usize, to: &mut [T], to_stride: usize) {
    let mut square = [[T::zero(); SQUARE]; SQUARE];
    for (row, square) in square.iter_mut().enumerate() {
        square.copy_from_slice(&from[row * from_stride..][..SQUARE]);
    }
    for col in 0..SQUARE {
        let line = &mut to[col * to_stride..][..SQUARE];
        for (value, row) in line.iter_mut().zip(&square) {
            *value = row[col];
        }
    }
}
