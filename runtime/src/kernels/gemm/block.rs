//! One block of a product on one thread: the loops around the micro-kernel.

use std::marker::PhantomData;
use std::ops::Range;

use crate::Real;
use crate::kernels::{Level, scratch};
use crate::threads::Shareable;

use super::panel::{self, PanelPart, Panels};
use super::soon::Region;
use super::tile::{self, First, Gathered, Tile};
use super::{Activate, Matrix, Write};

/// Most vectors of a panel, such that it stays in the first-level cache.
const PANEL: usize = 640;

/// Rows from which a panel of the right operand is worth copying, to have it without gaps.
pub(super) const PACK_ROWS: usize = 48;

/// Rows of fewer bytes are short: a [`STRETCH`] of whole ones then has enough terms.
const SHORT: usize = 1 << 11;

/// Bytes of an operand from which its next pieces are asked for: several times what the first-level cache holds.
const LARGE: usize = 1 << 18;

/// Bytes of a stretch of a matrix that is read where it lies, if the next one is asked for.
const STRETCH: usize = 1 << 17;

/// How many terms ahead a panel is asked for that lies in a large matrix: as long as memory takes to answer.
const AHEAD: usize = 32;

/// A block of a row-major matrix that one task writes.
pub(crate) struct Block<'a, T> {
    data: Shareable<T>,
    rows: usize,
    cols: usize,
    stride: usize,
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

/// The right operand of a product.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a, T> {
    /// Read where it lies, unless it is worth copying.
    Matrix(Matrix<'a, T>),
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
        if let Right::Matrix(matrix) = self {
            matrix.check();
        }
    }

    /// The number of rows, and of columns.
    pub(in crate::kernels) fn size(&self) -> (usize, usize) {
        match self {
            Right::Matrix(matrix) => (matrix.rows, matrix.cols),
            Right::Panels(part) => part.size(),
        }
    }

    /// The columns from `first` on, `cols` of them; panels are cut between panels.
    pub(in crate::kernels) fn columns(self, first: usize, cols: usize) -> Self {
        match self {
            Right::Matrix(matrix) => Right::Matrix(matrix.columns(first, cols)),
            Right::Panels(part) => Right::Panels(part.columns(first, cols)),
        }
    }

    /// The rows from `first` on, `rows` of them.
    pub(super) fn lines(self, first: usize, rows: usize) -> Self {
        match self {
            Right::Matrix(matrix) => Right::Matrix(matrix.lines(first, rows)),
            Right::Panels(part) => Right::Panels(part.lines(first, rows)),
        }
    }
}

/// `to = start + left right`; a row comes out the same with whatever others it is multiplied.
pub(crate) fn multiply<'a, T: Real>(
    level: Level,
    left: &Gathered<T>,
    right: impl Into<Right<'a, T>>,
    to: &mut Block<T>,
    start: Start<T>,
) {
    product(level, left, right.into(), to, start, false);
}

/// The same, and the activation.
pub(crate) fn multiply_and_activate<'a, T: Real>(
    level: Level,
    left: &Gathered<T>,
    right: impl Into<Right<'a, T>>,
    to: &mut Block<T>,
    start: Start<T>,
    activate: Option<&dyn Activate<T>>,
) {
    if activate.is_some_and(Activate::is_relu) && left.terms() > 0 {
        return product(level, left, right.into(), to, start, true);
    }
    multiply(level, left, right, to, start);
    to.activate(activate);
}

fn product<T: Real>(level: Level, left: &Gathered<T>, right: Right<T>, to: &mut Block<T>, start: Start<T>, relu: bool) {
    assert!(level.is_available(), "this processor does not have {level:?}");
    right.check();
    let (terms, cols) = right.size();
    assert_eq!((left.rows(), left.terms(), cols), (to.rows, terms, to.cols), "sizes of a product");
    if let Start::Row(row) = start {
        assert_eq!(row.len(), to.cols, "a first value a column");
    }
    if to.rows == 0 || to.cols == 0 {
        return;
    }
    let lanes = level.vector_bytes() / size_of::<T>();
    let most_vectors = match right {
        Right::Panels(part) => {
            assert_eq!(part.level(), level, "panels are packed for a level");
            part.width() / lanes
        }
        Right::Matrix(_) => vectors(level, to.rows),
    };
    let asks = asks(left, right);
    let in_rows = asks[0] && matches!(right, Right::Matrix(matrix) if is_whole(&matrix));
    // A single row sees its panel once.
    let mut depth = PANEL / most_vectors.min(4);
    let room = if let Right::Matrix(_) = right { depth * most_vectors * lanes } else { 0 };
    if in_rows {
        depth = depth.min(STRETCH / (cols * size_of::<T>()));
    }
    let mut work = |buffer: &mut [T]| {
        let soon = [Region::EMPTY; 2];
        let mut product = Product { level, left, right, to, lanes, relu, asks, in_rows, soon, buffer };
        let mut first = 0;
        loop {
            let terms = terms_from(left, first, depth);
            let start = if first == 0 { start } else { Start::Destination };
            product.stretch(first..first + terms, most_vectors, start);
            first += terms;
            if first >= left.terms() {
                break;
            }
        }
    };
    if room == 0 { work(&mut []) } else { scratch::elements(room, work) }
}

/// The vectors of columns that are best taken at once from a matrix: with few rows and few columns, too few sums are under way
/// to hide the latency of an addition.
fn vectors(level: Level, rows: usize) -> usize {
    match rows {
        1 => 8,
        2 | 3 => 4,
        ..PACK_ROWS => 2,
        _ => panel::many(level),
    }
}

/// Are the next pieces of the right and of the left operand asked for? That takes a tile or two, and operands that are not in the
/// nearest cache.
fn asks<T: Real>(left: &Gathered<T>, right: Right<T>) -> [bool; 2] {
    let few = if let Right::Matrix(_) = right { tile::MAX_ROWS } else { tile::MAX_ROWS / 2 };
    let (terms, cols) = right.size();
    let rows = left.rows();
    [cols, rows].map(|breadth| rows > few && breadth * terms * size_of::<T>() > LARGE)
}

/// Does a matrix lie in memory row after row, and are its rows short?
fn is_whole<T>(matrix: &Matrix<T>) -> bool {
    matrix.col_stride == 1 && matrix.row_stride == matrix.cols && matrix.cols * size_of::<T>() < SHORT
}

/// The number of terms to take from `first` on, at most `depth`: whole segments, or a fair part of a long one.
fn terms_from<T: Real>(left: &Gathered<T>, first: usize, depth: usize) -> usize {
    let run = left.run();
    if left.terms() == 0 {
        0
    } else if run <= depth {
        (depth / run * run).min(left.terms() - first)
    } else {
        run.div_ceil(run.div_ceil(depth)).min(run - first % run)
    }
}

struct Product<'a, 'b, 'c, T> {
    level: Level,
    left: &'a Gathered<'b, T>,
    right: Right<'a, T>,
    to: &'a mut Block<'c, T>,
    lanes: usize,
    /// Does what is below 0 become 0 in the end?
    relu: bool,
    /// Are the next pieces of the right and of the left operand asked for?
    asks: [bool; 2],
    /// And is the right one asked for in whole rows?
    in_rows: bool,
    /// What is left to be asked for of the right operand, and of the left one.
    soon: [Region<T>; 2],
    /// Room for a packed panel.
    buffer: &'a mut [T],
}

impl<T: Real> Product<'_, '_, '_, T> {
    /// Adds the terms of one stretch to all tiles.
    fn stretch(&mut self, terms: Range<usize>, most_vectors: usize, start: Start<T>) {
        let next = terms.end..self.left.terms().min(terms.end + terms.len());
        self.soon = [self.rows(next.clone()), self.columns(next.clone())];
        let mut col = 0;
        while col < self.to.cols {
            let vectors = panel::vectors_at(self.to.cols - col, self.lanes, most_vectors);
            let end = col + vectors * self.lanes;
            if self.asks[0] && !self.in_rows {
                let (terms, col) = if end < self.to.cols { (terms.clone(), end) } else { (next.clone(), 0) };
                self.soon[0] = self.next_panel(terms, col, vectors);
            }
            self.panel(terms.clone(), col, vectors, start);
            col = end;
        }
    }

    /// Where the right operand has some terms, if it is asked for in whole rows.
    fn rows(&self, terms: Range<usize>) -> Region<T> {
        match self.right {
            Right::Matrix(matrix) if self.in_rows => {
                let first = matrix.data.as_ptr().wrapping_add(terms.start * matrix.row_stride);
                Region::new(first, terms.len(), matrix.cols, matrix.row_stride)
            }
            _ => Region::EMPTY,
        }
    }

    /// Where the left operand has some terms, if it is asked for.
    fn columns(&self, terms: Range<usize>) -> Region<T> {
        if self.asks[1] { self.left.region(terms) } else { Region::EMPTY }
    }

    /// Where some terms of a panel are, if panels are packed, or will be.
    fn next_panel(&self, terms: Range<usize>, col: usize, vectors: usize) -> Region<T> {
        let width = vectors * self.lanes;
        match self.right {
            _ if terms.is_empty() => Region::EMPTY,
            Right::Panels(part) => Region::new(part.from(col, terms.start).as_ptr(), 1, terms.len() * part.width(), 0),
            Right::Matrix(matrix) if self.is_packed(&matrix, width) => {
                let Matrix { row_stride, col_stride, .. } = matrix;
                let first = matrix.data.as_ptr().wrapping_add(terms.start * row_stride + col * col_stride);
                match (row_stride, col_stride) {
                    (_, 1) => Region::new(first, terms.len(), width, row_stride),
                    (1, _) => Region::new(first, width, terms.len(), col_stride),
                    _ => Region::EMPTY,
                }
            }
            Right::Matrix(_) => Region::EMPTY,
        }
    }

    /// Are panels of so many columns copied?
    fn is_packed(&self, matrix: &Matrix<T>, width: usize) -> bool {
        matrix.col_stride != 1 || (self.to.rows >= PACK_ROWS && matrix.row_stride != width)
    }

    /// Adds the terms of one stretch to the tiles of one panel.
    fn panel(&mut self, terms: Range<usize>, col: usize, vectors: usize, start: Start<T>) {
        let width = vectors * self.lanes;
        let first = match start {
            Start::Zero => First::Zero,
            Start::Row(row) => First::Row(row[col..].as_ptr()),
            Start::Destination => First::Destination,
        };
        let right = match self.right {
            Right::Matrix(matrix) => matrix,
            Right::Panels(part) => {
                let panel = part.from(col, terms.start).as_ptr();
                return self.tiles(terms, panel, part.width(), col, vectors, first);
            }
        };
        if self.is_packed(&right, width) {
            return self.packed(right, terms, col, vectors, first);
        }
        // The panel is read where it lies, a whole width each term: at the very end, that would be beyond the data.
        let readable = (right.data.len() + right.row_stride)
            .saturating_sub(col + width)
            .checked_div(right.row_stride)
            .unwrap_or(0);
        let cut = self.boundary(&terms, readable);
        if cut > terms.start || terms.is_empty() {
            let stride = right.row_stride;
            let panel = right.data.as_ptr().wrapping_add(terms.start * stride + col);
            self.tiles(terms.start..cut, panel, stride, col, vectors, first);
        }
        if cut < terms.end {
            let first = if cut > terms.start { First::Destination } else { first };
            self.packed(right, cut..terms.end, col, vectors, first);
        }
    }

    /// The last place within `terms`, at most `end`, where the stretch may be cut.
    fn boundary(&self, terms: &Range<usize>, end: usize) -> usize {
        let run = self.left.run();
        if end >= terms.end {
            terms.end
        } else if terms.len() <= run {
            end.max(terms.start)
        } else {
            terms.start + end.saturating_sub(terms.start) / run * run
        }
    }

    fn packed(&mut self, right: Matrix<T>, terms: Range<usize>, col: usize, vectors: usize, first: First<T>) {
        let width = vectors * self.lanes;
        panel::pack(self.level, &right, terms.clone(), col, width, self.buffer);
        self.tiles(terms, self.buffer.as_ptr(), width, col, vectors, first);
    }

    /// Runs the micro-kernel over all rows; `panel` may be read for `vectors` vectors at each term.
    fn tiles(
        &mut self,
        terms: Range<usize>,
        panel: *const T,
        panel_stride: usize,
        col: usize,
        vectors: usize,
        first: First<T>,
    ) {
        let rows = self.to.rows;
        let cols = (vectors * self.lanes).min(self.to.cols - col);
        let relu = self.relu && terms.end == self.left.terms();
        let (length, is_first) = (terms.len(), terms.start == 0);
        let terms = self.left.terms_in(terms);
        for (row, count) in tile::split(rows, tile::rows(self.level, vectors)) {
            let kernel = tile::kernel::<T>(self.level, count, vectors);
            let soon = self.soon.iter_mut().find_map(|region| region.take(length));
            let tile = Tile {
                terms: &terms,
                row,
                right: panel,
                right_stride: panel_stride,
                ahead: if panel_stride > cols && (is_first || !self.in_rows) { AHEAD * panel_stride } else { 0 },
                soon: soon.as_ref(),
                to: self.to.data.get().wrapping_add(row * self.to.stride + col),
                to_stride: self.to.stride,
                cols,
                first,
                relu,
            };
            // SAFETY: the processor has the level; the rows exist on both sides; the caller answers for the panel; the
            // columns lie within the block, which this product alone may use.
            unsafe { kernel(&tile) };
        }
    }
}
