//! What a product on one thread reads and writes.

use std::marker::PhantomData;
use std::ops::Range;

use crate::kernels::Level;
use crate::threads::Shareable;
use crate::{Real, Threads};

use super::amx::Way;
use super::cut::level;
use super::panel::{PanelPart, Panels};
use super::{Activate, Matrix, Write};

/// A block of a row-major matrix that one task writes.
pub(crate) struct Block<'a, T> {
    pub(super) data: Shareable<T>,
    rows: usize,
    cols: usize,
    pub(super) stride: usize,
    lifetime: PhantomData<&'a mut [T]>,
}

impl<'a, T: Real> Block<'a, T> {
    /// The matrix of `rows` rows of `cols` columns in `data`, with a distance of `stride` between rows.
    ///
    /// # Panics
    /// If the data are too short.
    pub(crate) fn new(data: &'a mut [T], rows: usize, cols: usize, stride: usize) -> Block<'a, T> {
        if rows > 0 && cols > 0 {
            assert!(cols <= stride || rows == 1, "rows of {cols} columns overlap at a distance of {stride}");
            assert!((rows - 1) * stride + cols <= data.len(), "a result of {rows} x {cols} does not fit");
        }
        Block { data: Shareable(data.as_mut_ptr()), rows, cols, stride, lifetime: PhantomData }
    }

    /// The block of the given rows and columns.
    ///
    /// # Safety
    /// No other block with a common element may be in use before this one is dropped.
    pub(in crate::kernels) unsafe fn part(&self, rows: Range<usize>, cols: Range<usize>) -> Block<'a, T> {
        assert!(rows.end <= self.rows && cols.end <= self.cols, "a part lies within its block");
        let first = self.data.get().wrapping_add(rows.start * self.stride + cols.start);
        Block { data: Shareable(first), rows: rows.len(), cols: cols.len(), stride: self.stride, lifetime: PhantomData }
    }

    /// The elements of one row.
    pub(in crate::kernels) fn row(&mut self, row: usize) -> &mut [T] {
        assert!(row < self.rows, "a row lies within its block");
        // SAFETY: `new` checked that the rows lie within the data, and this block alone may use them.
        unsafe { std::slice::from_raw_parts_mut(self.data.get().add(row * self.stride), self.cols) }
    }

    /// What a product that goes to this block starts from.
    pub(in crate::kernels) fn start<'b>(&mut self, write: Write, bias: Option<&'b [T]>) -> Start<'b, T> {
        match (write, bias) {
            (Write::Overwrite, None) => Start::Zero,
            (Write::Overwrite, Some(bias)) => Start::Row(bias),
            (Write::Add, None) => Start::Destination,
            (Write::Add, Some(bias)) => {
                for row in 0..self.rows {
                    self.row(row).iter_mut().zip(bias).for_each(|(value, &bias)| *value += bias);
                }
                Start::Destination
            }
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn cols(&self) -> usize {
        self.cols
    }

    /// Applies an activation to each contiguous run.
    pub(in crate::kernels) fn activate(&mut self, activate: Option<&dyn Activate<T>>) {
        let Some(activate) = activate else { return };
        if self.stride == self.cols {
            // SAFETY: the rows touch each other, `new` checked their extent, and this block alone may use them.
            activate.apply(unsafe { std::slice::from_raw_parts_mut(self.data.get(), self.rows * self.cols) });
        } else {
            (0..self.rows).for_each(|row| activate.apply(self.row(row)));
        }
    }
}

/// What a product starts from.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a, T> {
    Zero,
    /// The same row for every row of the result.
    Row(&'a [T]),
    /// What the destination holds.
    Destination,
}

#[cfg(target_arch = "x86_64")]
impl<T> Start<'_, T> {
    /// For some of the columns.
    pub(super) fn columns(self, cols: Range<usize>) -> Self {
        if let Start::Row(row) = self { Start::Row(&row[cols]) } else { self }
    }
}

/// The right operand of a product.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a, T> {
    /// Read where it lies, unless it is worth copying.
    Matrix(Matrix<'a, T>),
    /// For a product by tiles.
    Tiles(Matrix<'a, T>),
    /// Copied for many products.
    Panels(PanelPart<'a, T>),
}

impl<'a, T> From<Matrix<'a, T>> for Right<'a, T> {
    fn from(matrix: Matrix<'a, T>) -> Self {
        Right::Matrix(matrix)
    }
}

impl<'a, T: Real> From<&'a Panels<T>> for Right<'a, T> {
    fn from(panels: &'a Panels<T>) -> Self {
        Right::Panels(panels.part())
    }
}

impl<T: Real> Right<'_, T> {
    /// Panics unless every element lies within the data.
    pub(super) fn check(&self) {
        if let Right::Matrix(matrix) | Right::Tiles(matrix) = self {
            matrix.check();
        }
    }

    /// The same for a product with so many rows on the left, whose numbers come to tiles in such a way: by tiles if that is
    /// faster. The rows are those of the whole product, however it is cut.
    pub(in crate::kernels) fn of_rows(self, threads: &Threads, rows: usize, left: Way) -> Self {
        match self {
            Right::Matrix(matrix) => {
                let sizes = [rows, matrix.cols, matrix.rows];
                let tiles = level::<T>(threads, sizes, [left, Way::of_right(&matrix)]) == Level::Amx;
                if tiles { Right::Tiles(matrix) } else { self }
            }
            _ => self,
        }
    }

    /// The level of its products, on threads of this level.
    pub(super) fn level(&self, level: Level) -> Level {
        match self {
            Right::Matrix(_) => level.of_vectors(),
            Right::Tiles(_) => Level::Amx,
            Right::Panels(part) => part.level(),
        }
    }

    /// The number of rows, and of columns.
    pub(in crate::kernels) fn size(&self) -> (usize, usize) {
        match self {
            Right::Matrix(matrix) | Right::Tiles(matrix) => (matrix.rows, matrix.cols),
            Right::Panels(part) => part.size(),
        }
    }

    /// The columns from `first` on, `cols` of them; panels are cut between panels.
    pub(in crate::kernels) fn columns(self, first: usize, cols: usize) -> Self {
        match self {
            Right::Matrix(matrix) => Right::Matrix(matrix.columns(first, cols)),
            Right::Tiles(matrix) => Right::Tiles(matrix.columns(first, cols)),
            Right::Panels(part) => Right::Panels(part.columns(first, cols)),
        }
    }

    /// The rows from `first` on, `rows` of them.
    pub(super) fn lines(self, first: usize, rows: usize) -> Self {
        match self {
            Right::Matrix(matrix) => Right::Matrix(matrix.lines(first, rows)),
            Right::Tiles(matrix) => Right::Tiles(matrix.lines(first, rows)),
            Right::Panels(part) => Right::Panels(part.lines(first, rows)),
        }
    }
}
