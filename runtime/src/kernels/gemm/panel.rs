//! Panels of the right operand: one vector, or a few, of columns side by side, term after term.

use std::ops::Range;

use crate::buffer::Buffer;
use crate::kernels::Level;
use crate::kernels::level::Routine;

use super::Matrix;
use crate::{Real, Threads};

/// The vectors in a row of a panel that is kept.
pub(super) const VECTORS: usize = 2;

/// The side of the squares that a transposition moves at once.
const SQUARE: usize = 8;

/// A right operand in panels that serve many products: two vectors of columns side by side, all their terms in turn.
#[derive(Debug)]
pub(crate) struct Panels<T> {
    level: Level,
    terms: usize,
    cols: usize,
    data: Buffer<T>,
}

impl<T> Default for Panels<T> {
    fn default() -> Self {
        Panels { level: Level::Portable, terms: 0, cols: 0, data: Buffer::default() }
    }
}

impl<T: Real> Panels<T> {
    /// Replaces the panels by those of `matrix`, for products at the level of `threads`.
    pub(crate) fn pack(&mut self, threads: &Threads, matrix: Matrix<T>) {
        matrix.check();
        (self.level, self.terms, self.cols) = (threads.level(), matrix.rows, matrix.cols);
        let (terms, width) = (self.terms, self.width());
        let panels = self.cols.div_ceil(width);
        let data = self.data.take(panels * terms * width);
        // About the elements that are worth a fork.
        let group = (1_usize << 14).div_ceil((terms * width).max(1));
        threads.chunks_mut(data, (group * terms * width).max(1), &|task, data| {
            for (index, panel) in data.chunks_exact_mut(terms * width).enumerate() {
                pack(threads.level(), &matrix, 0..terms, (task * group + index) * width, width, panel);
            }
        });
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    pub(super) fn terms(&self) -> usize {
        self.terms
    }

    pub(super) fn cols(&self) -> usize {
        self.cols
    }

    /// The columns of a panel.
    pub(super) fn width(&self) -> usize {
        VECTORS * self.level.vector_bytes() / size_of::<T>()
    }

    /// The panel that begins with column `col`, from a term on.
    pub(super) fn from(&self, col: usize, term: usize) -> &[T] {
        &self.data.as_slice()[(col * self.terms + term * self.width())..]
    }
}

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
