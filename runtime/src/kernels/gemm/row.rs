//! Products of one row: too few sums for tiles, so that the terms take turns with several sums a column.

use crate::Real;
use crate::kernels::{Level, Vector, VectorRoutine};

use super::Matrix;
use super::block::{Block, Start};

/// Is a matrix so narrow that one row is multiplied faster by its columns? Its rows are then shorter than a line of memory.
pub(crate) fn is_better_by_columns<T>(b: &Matrix<T>) -> bool {
    b.cols > 0 && b.cols * size_of::<T>() < 64 && b.rows >= 64
}

/// `to = start + a b` for a row `a`; false where neither the rows nor the columns of `b` are without gaps.
pub(super) fn multiply<T: Real>(level: Level, a: Matrix<T>, b: Matrix<T>, to: &mut Block<T>, start: Start<T>) -> bool {
    assert_eq!((a.rows, a.cols, b.cols, to.rows()), (1, b.rows, to.cols(), 1), "sizes of a product with one row");
    a.check();
    b.check();
    let (of_rows, of_columns) = (b.col_stride == 1, b.row_stride == 1 && (a.col_stride == 1 || a.cols <= 1));
    if !of_rows && !of_columns {
        return false;
    }
    let to = to.row(0);
    match start {
        Start::Zero => to.fill(T::zero()),
        Start::Row(row) => to.copy_from_slice(row),
        Start::Destination => {}
    }
    if of_rows {
        level.run_vectors(Rows { a, b, to });
    } else {
        level.run_vectors(Columns { a: &a.data[..a.cols], b, to });
    }
    true
}

/// Adds the rows of a matrix, each times its factor.
struct Rows<'a, T> {
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    to: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Rows<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(mut self) {
        let many = has_many::<V>();
        let mut col = 0;
        while col < self.to.len() {
            // SAFETY: the caller answers for the register.
            col += unsafe {
                match (self.to.len() - col).div_ceil(V::LANES) {
                    1 => self.columns::<V, 1, 8>(col),
                    2 | 3 => self.columns::<V, 2, 4>(col),
                    4..8 => self.columns::<V, 4, 2>(col),
                    _ if many => self.columns::<V, 8, 2>(col),
                    _ => self.columns::<V, 8, 1>(col),
                }
            };
        }
    }
}

impl<T: Real> Rows<'_, T> {
    /// `N` vectors of columns from `col` on, with `S` sums each; returns how many columns these are.
    ///
    /// # Safety
    /// The processor has the register.
    #[inline(always)]
    unsafe fn columns<V: Vector<Element = T>, const N: usize, const S: usize>(&mut self, col: usize) -> usize {
        let Rows { a, b, to } = self;
        let (terms, width) = (b.rows, N * V::LANES);
        let cols = width.min(to.len() - col);
        // The columns of the last vector that count.
        let count = cols - (N - 1) * V::LANES;
        // Terms of which a whole width may be read, be it from the next row.
        let readable = (b.data.len() + b.row_stride).saturating_sub(col + width).checked_div(b.row_stride);
        let readable = if cols == width { terms } else { readable.unwrap_or(0).min(terms) };
        let (left, right) = (a.data.as_ptr(), b.data.as_ptr().wrapping_add(col));
        let to = to[col..col + cols].as_mut_ptr();
        // SAFETY: the caller answers for the register; `multiply` has checked that both operands lie within their data, and the
        // destination is a slice.
        unsafe {
            let mut sums = [[V::splat(T::zero()); N]; S];
            for turn in 0..readable / S {
                for s in 0..S {
                    let term = turn * S + s;
                    let factor = V::splat(*left.add(term * a.col_stride));
                    let from = right.add(term * b.row_stride);
                    for j in 0..N {
                        sums[s][j] = factor.multiply_add(V::load(from.add(j * V::LANES)), sums[s][j]);
                    }
                }
            }
            for term in readable / S * S..terms {
                let factor = V::splat(*left.add(term * a.col_stride));
                let from = right.wrapping_add(term * b.row_stride);
                for j in 0..N {
                    let from = from.wrapping_add(j * V::LANES);
                    let values = if j + 1 < N { V::load(from) } else { V::load_first(from, count) };
                    sums[0][j] = factor.multiply_add(values, sums[0][j]);
                }
            }
            for j in 0..N {
                let to = to.wrapping_add(j * V::LANES);
                let whole = j + 1 < N || count == V::LANES;
                let mut sum = if whole { V::load(to) } else { V::load_first(to, count) };
                for more in &sums {
                    sum = sum.add(more[j]);
                }
                if whole { sum.store(to) } else { sum.store_first(to, count) }
            }
        }
        cols
    }
}

/// Adds the inner products with the columns of a matrix.
struct Columns<'a, T> {
    a: &'a [T],
    b: Matrix<'a, T>,
    to: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Columns<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(mut self) {
        let many = has_many::<V>();
        let mut col = 0;
        while col < self.to.len() {
            let left = self.to.len() - col;
            // SAFETY: the caller answers for the register.
            col += unsafe {
                match left.div_ceil(left.div_ceil(6)) {
                    6 if many => self.inner::<V, 6, 2>(col),
                    5 if many => self.inner::<V, 5, 2>(col),
                    6 => self.inner::<V, 6, 1>(col),
                    5 => self.inner::<V, 5, 1>(col),
                    4 => self.inner::<V, 4, 2>(col),
                    3 => self.inner::<V, 3, 2>(col),
                    2 => self.inner::<V, 2, 4>(col),
                    _ => self.inner::<V, 1, 8>(col),
                }
            };
        }
    }
}

impl<T: Real> Columns<'_, T> {
    /// `N` columns from `col` on, with `S` sums each; returns how many columns these are.
    ///
    /// # Safety
    /// The processor has the register.
    #[inline(always)]
    unsafe fn inner<V: Vector<Element = T>, const N: usize, const S: usize>(&mut self, col: usize) -> usize {
        let (terms, step) = (self.a.len(), S * V::LANES);
        let (left, stride) = (self.a.as_ptr(), self.b.col_stride);
        let right = self.b.data.as_ptr().wrapping_add(col * stride);
        let to = &mut self.to[col..col + N];
        // SAFETY: the caller answers for the register; `multiply` has checked that both operands lie within their data.
        unsafe {
            let mut sums = [[V::splat(T::zero()); N]; S];
            for first in (0..terms / step).map(|turn| turn * step) {
                for s in 0..S {
                    let term = first + s * V::LANES;
                    let factors = V::load(left.add(term));
                    for j in 0..N {
                        sums[s][j] = factors.multiply_add(V::load(right.add(j * stride + term)), sums[s][j]);
                    }
                }
            }
            for term in (terms / step * step..terms).step_by(V::LANES) {
                let count = V::LANES.min(terms - term);
                let factors = V::load_first(left.add(term), count);
                for j in 0..N {
                    let values = V::load_first(right.add(j * stride + term), count);
                    sums[0][j] = factors.multiply_add(values, sums[0][j]);
                }
            }
            for j in 0..N {
                let mut sum = sums[0][j];
                for more in &sums[1..] {
                    sum = sum.add(more[j]);
                }
                to[j] += sum.sum();
            }
        }
        N
    }
}

/// Are there registers for sixteen sums and more besides?
#[inline(always)]
fn has_many<V: Vector>() -> bool {
    // AVX-512 has 32 of them, and others 16 or 32 that are smaller.
    size_of::<V>() == 64
}
