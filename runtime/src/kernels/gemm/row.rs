//! Products of one row: too few sums for tiles, so that the terms take turns with several sums a column.

use crate::Real;
use crate::kernels::{Level, Vector, VectorRoutine};

use super::Matrix;
use super::operands::{Block, Start};

/// Is a matrix so narrow that one row is multiplied faster by its columns? Its rows are then shorter than a line of memory.
pub(super) fn is_better_by_columns<T>(b: &Matrix<T>) -> bool {
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
        level.run_vectors(Rows { a, b, terms: First(b.rows), to });
    } else {
        add_inner_products(level, a, b, to);
    }
    true
}

/// `to += a b` for a row `a` and a matrix `b`, both without gaps between terms. Each sum has an order of its own.
pub(super) fn add_inner_products<T: Real>(level: Level, a: Matrix<T>, b: Matrix<T>, to: &mut [T]) {
    assert_eq!((a.rows, a.cols, b.cols), (1, b.rows, to.len()), "sizes of a product with one row");
    assert!(b.row_stride == 1 && (a.col_stride == 1 || a.cols <= 1), "terms without gaps");
    a.check();
    b.check();
    level.run_vectors(Columns { a: &a.data[..a.cols], b, to });
}

/// Which rows of a matrix are added, in their order.
///
/// # Safety
/// The implementer vouches for the rows: each lies within the matrices that `Rows` takes them for.
pub(super) unsafe trait Terms: Copy {
    /// Are rows left out, so that the processor does not foresee which one is next?
    const GAPS: bool;

    /// How many they are.
    fn count(self) -> usize;

    /// The row at a place among them, which must be below their number.
    fn row(self, place: usize) -> usize;
}

/// The first rows, so many of them.
#[derive(Clone, Copy)]
struct First(usize);

// SAFETY: `multiply` takes as many as the matrix has.
unsafe impl Terms for First {
    const GAPS: bool = false;

    #[inline(always)]
    fn count(self) -> usize {
        self.0
    }

    #[inline(always)]
    fn row(self, place: usize) -> usize {
        place
    }
}

/// Vectors of columns whose sums are in registers at once, and those of which a step takes a few terms where not all are.
const MOST: usize = 8;
const STEP: usize = 4;

/// Bytes that lie between the row that is asked for and the one that is used.
const AHEAD: usize = 1 << 13;

/// Adds rows of a matrix of which the columns are side by side, each times its factor.
///
/// Memory is read in a few streams, each at its own part of the terms: the processor fetches several streams ahead faster
/// than one. All columns of a row are read at once, because it does not see far ahead in pieces of rows.
pub(super) struct Rows<'a, T, R> {
    /// A row of factors, one a row of `b`.
    pub a: Matrix<'a, T>,
    pub b: Matrix<'a, T>,
    pub terms: R,
    pub to: &'a mut [T],
}

impl<T: Real, R: Terms> VectorRoutine<T> for Rows<'_, T, R> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(mut self) {
        assert!(self.to.len() == self.b.cols && self.a.cols == self.b.rows, "sizes of a product with one row");
        let many = has_many::<V>();
        let mut col = 0;
        if self.to.len() > MOST * V::LANES {
            // SAFETY: the caller answers for the register.
            col = unsafe { self.in_steps::<V>() };
        }
        if col == self.to.len() {
            return;
        }
        // SAFETY: as above.
        unsafe {
            match (self.to.len() - col).div_ceil(V::LANES) {
                1 => self.columns::<V, 1, 8, 8>(col),
                2 => self.columns::<V, 2, 4, 4>(col),
                3 => self.columns::<V, 3, 4, 4>(col),
                4 => self.columns::<V, 4, 2, 4>(col),
                5 if many => self.columns::<V, 5, 2, 4>(col),
                6 if many => self.columns::<V, 6, 2, 4>(col),
                7 if many => self.columns::<V, 7, 2, 4>(col),
                _ if many => self.columns::<V, MOST, 2, 4>(col),
                5 => self.columns::<V, 5, 1, 4>(col),
                6 => self.columns::<V, 6, 1, 4>(col),
                7 => self.columns::<V, 7, 1, 4>(col),
                _ => self.columns::<V, MOST, 1, 4>(col),
            }
        }
    }
}

impl<T: Real, R: Terms> Rows<'_, T, R> {
    /// The columns from `col` on in `N` vectors, with `S` sums each, the terms in `P` parts.
    ///
    /// # Safety
    /// The processor has the register; the last columns fill `N` vectors, the last of them at least in part.
    #[inline(always)]
    unsafe fn columns<V: Vector<Element = T>, const N: usize, const S: usize, const P: usize>(&mut self, col: usize) {
        let Rows { a, b, terms, to } = self;
        let to = &mut to[col..];
        // The columns of the last vector that count.
        let count = to.len() - (N - 1) * V::LANES;
        let whole = terms_read_whole(*terms, b, col + N * V::LANES);
        let part = whole / P;
        let (left, right) = (a.data.as_ptr(), b.data.as_ptr().wrapping_add(col));
        let ahead = ahead::<T, R>(b) / P;
        // SAFETY: the caller answers for the register, and callers of this routine have checked that both operands lie within
        // their data; the rows lie within the operands; the destination is a slice.
        unsafe {
            let mut sums = [[V::splat(T::zero()); N]; S];
            for turn in 0..part {
                for p in 0..P {
                    let row = terms.row(turn + p * part);
                    let (factor, from) = (V::splat(*left.add(row * a.col_stride)), right.add(row * b.row_stride));
                    if ahead > 0 {
                        let next = terms.row((turn + p * part + ahead).min(whole - 1)) * b.row_stride;
                        for j in 0..N {
                            V::prefetch(right.wrapping_add(next + j * V::LANES));
                        }
                    }
                    for j in 0..N {
                        sums[p % S][j] = factor.multiply_add(V::load(from.add(j * V::LANES)), sums[p % S][j]);
                    }
                }
            }
            for row in (part * P..terms.count()).map(|place| terms.row(place)) {
                let factor = V::splat(*left.add(row * a.col_stride));
                let from = right.wrapping_add(row * b.row_stride);
                for j in 0..N {
                    let from = from.wrapping_add(j * V::LANES);
                    let values = if j + 1 < N { V::load(from) } else { V::load_first(from, count) };
                    sums[0][j] = factor.multiply_add(values, sums[0][j]);
                }
            }
            for j in 0..N {
                let to = to.as_mut_ptr().add(j * V::LANES);
                let whole = j + 1 < N || count == V::LANES;
                let mut sum = if whole { V::load(to) } else { V::load_first(to, count) };
                for more in &sums {
                    sum = sum.add(more[j]);
                }
                if whole { sum.store(to) } else { sum.store_first(to, count) }
            }
        }
    }

    /// All steps of columns; returns how many columns these are. Sums are in memory, and take a term of each part at once.
    ///
    /// # Safety
    /// The processor has the register.
    #[inline(always)]
    unsafe fn in_steps<V: Vector<Element = T>>(&mut self) -> usize {
        const PARTS: usize = 4;
        let count = self.terms.count();
        let part = count / PARTS;
        let ahead = ahead::<T, R>(&self.b) / PARTS;
        for turn in 0..part {
            // SAFETY: the caller answers for the register, and the places are below the number of terms.
            unsafe { self.add::<V, PARTS>([0, 1, 2, 3].map(|p| turn + p * part), ahead) };
        }
        for place in part * PARTS..count {
            // SAFETY: as above.
            unsafe { self.add::<V, 1>([place], 0) };
        }
        self.to.len() / (STEP * V::LANES) * STEP * V::LANES
    }

    /// Adds the terms at some places to the sums of all steps; what is that many places ahead is asked for.
    ///
    /// # Safety
    /// The processor has the register; the places are below the number of terms.
    #[inline(always)]
    unsafe fn add<V: Vector<Element = T>, const P: usize>(&mut self, places: [usize; P], ahead: usize) {
        let Rows { a, b, terms, to } = self;
        let (left, right) = (a.data.as_ptr(), b.data.as_ptr());
        // SAFETY: as for `columns`.
        unsafe {
            let mut factors = [V::splat(T::zero()); P];
            let mut from = [right; P];
            let mut next = [right; P];
            for p in 0..P {
                let row = terms.row(places[p]);
                factors[p] = V::splat(*left.add(row * a.col_stride));
                from[p] = right.add(row * b.row_stride);
                if ahead > 0 {
                    let place = (places[p] + ahead).min(terms.count() - 1);
                    next[p] = right.wrapping_add(terms.row(place) * b.row_stride);
                }
            }
            for step in to.chunks_exact_mut(STEP * V::LANES) {
                let to = step.as_mut_ptr();
                let mut sums = [factors[0]; STEP];
                for j in 0..STEP {
                    sums[j] = V::load(to.add(j * V::LANES));
                }
                for p in 0..P {
                    for j in 0..STEP {
                        if ahead > 0 {
                            V::prefetch(next[p].wrapping_add(j * V::LANES));
                        }
                        sums[j] = factors[p].multiply_add(V::load(from[p].add(j * V::LANES)), sums[j]);
                    }
                    from[p] = from[p].wrapping_add(STEP * V::LANES);
                    next[p] = next[p].wrapping_add(STEP * V::LANES);
                }
                for j in 0..STEP {
                    sums[j].store(to.add(j * V::LANES));
                }
            }
        }
    }
}

/// The number of terms that lie between the row that is asked for and the one that is used.
#[inline(always)]
fn ahead<T, R: Terms>(b: &Matrix<T>) -> usize {
    if R::GAPS { AHEAD / (b.row_stride * size_of::<T>()).max(1) } else { 0 }
}

/// The number of leading terms whose rows may be read up to a column, though that may lie in the next row.
#[inline(always)]
fn terms_read_whole<T, R: Terms>(terms: R, b: &Matrix<T>, end: usize) -> usize {
    let readable = (b.data.len() + b.row_stride).saturating_sub(end).checked_div(b.row_stride);
    let readable = if end <= b.cols { b.rows } else { readable.unwrap_or(0).min(b.rows) };
    let mut whole = terms.count();
    while whole > 0 && terms.row(whole - 1) >= readable {
        whole -= 1;
    }
    whole
}

/// Adds the inner products with the columns of a matrix.
struct Columns<'a, T> {
    a: &'a [T],
    b: Matrix<'a, T>,
    to: &'a mut [T],
}

/// Registers that take turns with the terms of an inner product, however many others are under way.
const TURNS: usize = 2;

/// Most inner products under way: with their sums in registers, two of them and the factors fit into 16.
const TOGETHER: usize = 6;

impl<T: Real> VectorRoutine<T> for Columns<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(mut self) {
        let mut col = 0;
        while col < self.to.len() {
            let left = self.to.len() - col;
            // SAFETY: the caller answers for the register.
            col += unsafe {
                match left.div_ceil(left.div_ceil(TOGETHER)) {
                    6 => self.inner::<V, 6>(col),
                    5 => self.inner::<V, 5>(col),
                    4 => self.inner::<V, 4>(col),
                    3 => self.inner::<V, 3>(col),
                    2 => self.inner::<V, 2>(col),
                    _ => self.inner::<V, 1>(col),
                }
            };
        }
    }
}

impl<T: Real> Columns<'_, T> {
    /// `N` columns from `col` on; returns how many columns these are.
    ///
    /// # Safety
    /// The processor has the register.
    #[inline(always)]
    unsafe fn inner<V: Vector<Element = T>, const N: usize>(&mut self, col: usize) -> usize {
        let (terms, step) = (self.a.len(), TURNS * V::LANES);
        let (left, stride) = (self.a.as_ptr(), self.b.col_stride);
        let right = self.b.data.as_ptr().wrapping_add(col * stride);
        let to = &mut self.to[col..col + N];
        // SAFETY: the caller answers for the register; `add_inner_products` has checked that both lie within their data.
        unsafe {
            let mut sums = [[V::splat(T::zero()); N]; TURNS];
            for first in (0..terms / step).map(|turn| turn * step) {
                for s in 0..TURNS {
                    let term = first + s * V::LANES;
                    let factors = V::load(left.add(term));
                    for j in 0..N {
                        sums[s][j] = factors.multiply_add(V::load(right.add(j * stride + term)), sums[s][j]);
                    }
                }
            }
            for term in (terms / step * step..terms).step_by(V::LANES) {
                let count = V::LANES.min(terms - term);
                let (left, whole) = (left.add(term), count == V::LANES);
                let factors = if whole { V::load(left) } else { V::load_first(left, count) };
                for j in 0..N {
                    let right = right.add(j * stride + term);
                    let values = if whole { V::load(right) } else { V::load_first(right, count) };
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
