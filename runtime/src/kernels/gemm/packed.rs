//! A product whose operands are packed, of which some rows are computed whenever they are wanted.

use std::ops::Range;

use crate::kernels::Level;
use crate::{Real, Threads};

use super::amx::{self, Side, Way};
use super::block::multiply;
use super::bound::Most;
use super::cut::level;
use super::tile::{Gathered, MAX_ROWS};
use super::{Block, Matrix, Panels, Write, scratch};

/// `left^T right`, where both have a row a term: for dense layers, the gradient of the kernel from inputs and gradients.
///
/// It has several columns: a product of one has an order of sums of its own, and such a gradient is not left as its factors.
#[derive(Clone, Debug)]
pub(crate) struct PackedProduct<T> {
    left: Panels<T>,
    right: Panels<T>,
}

impl<T> Default for PackedProduct<T> {
    fn default() -> Self {
        PackedProduct { left: Panels::default(), right: Panels::default() }
    }
}

impl<T: Real> PackedProduct<T> {
    /// Replaces the operands, and gives a number that no element of the product exceeds in size: NaN or infinite where an
    /// operand holds such a value, or where the product may overflow.
    pub(crate) fn pack(&mut self, threads: &Threads, left: Matrix<T>, right: Matrix<T>) -> f64 {
        assert_eq!(left.rows, right.rows, "terms of a product");
        let level = level::<T>(threads, [left.cols, right.cols, left.rows], [Way::Across, Way::Straight]);
        let of = |panels: &mut Panels<T>, side: Side, matrix: Matrix<T>| {
            let most = Most::default();
            panels.pack_with(threads, (level, side), matrix, &|data| most.see(level, data));
            most
        };
        of(&mut self.left, Side::Left, left).times(of(&mut self.right, Side::Right, right), left.rows)
    }

    /// Rows are best computed so many at a time, or some times so many.
    pub(crate) fn rows_at_once(&self) -> usize {
        if self.left.level() == Level::Amx { 2 * amx::LINES } else { MAX_ROWS }
    }

    /// The number of columns of the product.
    pub(crate) fn cols(&self) -> usize {
        self.right.size().1
    }

    /// Computes some rows of the product, on this thread.
    ///
    /// # Panics
    /// If there are no such rows, or if `to` has another size.
    pub(crate) fn rows(&self, rows: Range<usize>, to: &mut [T], write: Write) {
        let (level, cols) = (self.right.level(), self.cols());
        let (terms, all) = self.left.size();
        assert!(rows.end <= all && to.len() == rows.len() * cols, "rows of a product");
        let width = self.left.width();
        if level == Level::Amx {
            let mut to = Block::new(to, rows.len(), cols, cols);
            let start = to.start(write, None);
            let left = &self.left.data()[rows.start / width * self.left.panel_len()..];
            return amx::product_of_strips(left, rows.start % width, self.right.part(), &mut to, start);
        }
        scratch::indices(rows.len(), |offsets| {
            let (mut panel, mut place) = (rows.start / width * width * terms, rows.start % width);
            for offset in &mut *offsets {
                if place == width {
                    (panel, place) = (panel + width * terms, 0);
                }
                *offset = panel + place;
                place += 1;
            }
            let left = Gathered::new(self.left.data(), offsets, &[0], terms, width);
            let mut to = Block::new(to, rows.len(), cols, cols);
            let start = to.start(write, None);
            multiply(level, &left, &self.right, &mut to, start);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::tests::{numbers, pools};
    use crate::kernels::gemm::{Epilogue, gemm};

    fn check<T: Real>() {
        let mut packed = PackedProduct::default();
        for threads in pools() {
            for (rows, cols, terms) in
                [(64, 100, 32), (28, 33, 5), (300, 2, 1), (129, 40, 200), (5, 7, 3), (301, 217, 250)]
            {
                let (left, right) = (numbers::<T>(terms * rows, 1), numbers::<T>(terms * cols, 2));
                let (left, right) = (Matrix::new(&left, terms, rows), Matrix::new(&right, terms, cols));
                for write in [Write::Overwrite, Write::Add] {
                    let mut whole = numbers::<T>(rows * cols, 3);
                    let mut parts = whole.clone();
                    gemm(&threads, left.transposed(), right, &mut whole, cols, write, &Epilogue::none());
                    let bound = packed.pack(&threads, left, right);
                    for first in (0..rows).step_by(27) {
                        let end = rows.min(first + 27);
                        packed.rows(first..end, &mut parts[first * cols..end * cols], write);
                    }
                    assert_eq!(whole, parts, "{rows} x {cols} x {terms}, {:?}", threads.level());
                    assert!(write == Write::Add || whole.iter().all(|value| value.abs().wide() <= bound), "{bound}");
                }
            }
        }
    }

    #[test]
    fn its_rows_are_those_of_the_product() {
        check::<f32>();
        check::<f64>();
    }
}
