//! Many small products of one size, as Winograd's convolution makes them.

use crate::Real;
use crate::kernels::{Level, Write};

use super::panel;
use super::tile::{self, First, Terms, Tile};

/// `to[p] = left[p] right[p]` for some products `p`, each `left` with `rows` rows of `terms` terms.
///
/// The rows of `left` are `row_step` apart and their terms `term_step`. The columns of `right` and `to` come in panels of
/// [`panel_of`] says how many vectors; `right` holds each panel term after term, or with `right_stride` whole rows.
pub(in crate::kernels) struct Batch<'a, T> {
    pub level: Level,
    pub rows: &'a [usize],
    pub terms: usize,
    pub term_step: usize,
    /// The number of columns, a multiple of a vector.
    pub cols: usize,
    /// The distance between terms of `right`; none where its panels are packed.
    pub right_stride: Option<usize>,
    /// The distance between rows of `to`.
    pub to_stride: usize,
    pub write: Write,
    /// The data of the first product, and the distances to the next.
    pub left: (&'a [T], usize),
    pub right: (&'a [T], usize),
    pub count: usize,
}

/// The first vector, and the number of vectors, of the panel that vector `vector` of `vectors` lies in.
pub(in crate::kernels) fn panel_of(level: Level, vectors: usize, vector: usize) -> (usize, usize) {
    let most = panel::vectors_of(level, vectors);
    let first = vector / most * most;
    if first + most <= vectors {
        return (first, most);
    }
    let first = vector / 2 * 2;
    (first, (vectors - first).min(2))
}

impl<T: Real> Batch<'_, T> {
    /// Runs all products; those of `to` are `to_step` apart.
    pub fn run(&self, to: &mut [T], to_step: usize) {
        if self.rows.is_empty() || self.cols == 0 || self.count == 0 {
            return;
        }
        assert!(self.level.is_available(), "this processor does not have {:?}", self.level);
        let lanes = self.level.vector_bytes() / size_of::<T>();
        assert!(self.cols.is_multiple_of(lanes) && self.to_stride >= self.cols, "whole vectors");
        let last = (self.count - 1) * to_step + (self.rows.len() - 1) * self.to_stride + self.cols;
        assert!(last <= to.len(), "the results fit");
        let right = self.right_stride.map_or(self.terms * self.cols, |stride| {
            self.terms.saturating_sub(1) * stride + self.cols.min(self.terms * self.cols)
        });
        assert!((self.count - 1) * self.right.1 + right <= self.right.0.len(), "the right operands are there");
        let last_row = self.rows.iter().copied().max().unwrap_or(0);
        let left = (self.count - 1) * self.left.1 + last_row + self.terms.saturating_sub(1) * self.term_step;
        assert!(self.terms == 0 || left < self.left.0.len(), "the left operands are there");
        let to = to.as_mut_ptr();
        for product in 0..self.count {
            let left = self.left.0.as_ptr().wrapping_add(product * self.left.1);
            let left = Terms { data: left, rows: self.rows, segments: &[0], run: self.terms, step: self.term_step };
            let right = self.right.0.as_ptr().wrapping_add(product * self.right.1);
            // SAFETY: the results of all products lie within `to`, as was checked.
            unsafe { self.product(&left, right, to.add(product * to_step), lanes) };
        }
    }

    /// # Safety
    /// The operands and the result are as large as [`run`](Batch::run) has checked.
    unsafe fn product(&self, terms: &Terms<T>, right: *const T, to: *mut T, lanes: usize) {
        let first = if self.write == Write::Add { First::Destination } else { First::Zero };
        let (rows, vectors) = (self.rows.len(), self.cols / lanes);
        let mut col = 0;
        while col < vectors {
            let (_, width) = panel_of(self.level, vectors, col);
            let (panel, stride) = match self.right_stride {
                Some(stride) => (right.wrapping_add(col * lanes), stride),
                None => (right.wrapping_add(col * lanes * self.terms), width * lanes),
            };
            for (row, count) in tile::split(rows, tile::rows(self.level, width)) {
                let kernel = tile::kernel::<T>(self.level, count, width);
                let to = to.wrapping_add(row * self.to_stride + col * lanes);
                let tile = Tile {
                    terms,
                    row,
                    right: panel,
                    right_stride: stride,
                    asking: 0,
                    soon: None,
                    to,
                    to_stride: self.to_stride,
                    cols: width * lanes,
                    first,
                    relu: false,
                };
                // SAFETY: the processor has the level; the rows exist on both sides; panels and results are whole vectors.
                unsafe { kernel(&tile) };
            }
            col += width;
        }
    }
}
