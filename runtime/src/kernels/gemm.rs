//! General matrix multiplication.
//!
//! The scheme is that of Goto and of BLIS: a micro-kernel keeps a small tile of the result in registers while it runs
//! along the common dimension (`tile`), panels of the right operand stay in the first-level cache while all rows pass
//! over them (`panel`, `block`) while memory brings the next ones (`soon`), and tasks are blocks of the result. The left operand
//! is read where it lies, through a table of row offsets: this serves transposed matrices and, in convolutions, patches of an
//! image.

mod amx;
mod batch;
mod block;
mod bound;
mod cut;
mod kept;
mod largest;
mod operands;
mod packed;
mod panel;
mod row;
mod soon;
mod sparse;
mod tile;

use crate::{Real, Threads};

use super::{Level, scratch};
pub(crate) use amx::Way;
pub(super) use batch::{Batch, panel_of};
pub(crate) use block::{multiply, multiply_and_activate};
pub(crate) use bound::bound;
use cut::{Grid, PARALLEL, TASK, work};
pub(crate) use kept::KeptRight;
pub(super) use largest::{GROUPS, largest};
pub(crate) use operands::{Block, Right, Start};
pub(crate) use packed::PackedProduct;
pub(crate) use panel::Panels;
pub(super) use panel::{pack, width as panel_width};
pub(crate) use sparse::{leaves_out_zeros, row_of_some};
pub(crate) use tile::Gathered;

/// Has the processor tiles, and does the system let this process use them?
pub(super) fn has_tiles() -> bool {
    amx::is_available()
}

/// Columns that a part of a shard has at least: what is read in shorter pieces of rows comes slowly from memory.
const SHARD_COLS: usize = 256;

/// Elements of partial results that are worth a task.
const SUM: usize = 1 << 12;

/// A matrix in a slice, with any strides.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    /// The elements, from the first of the matrix on.
    pub data: &'a [T],
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub cols: usize,
    /// The distance between neighbours in a column.
    pub row_stride: usize,
    /// The distance between neighbours in a row.
    pub col_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// A row-major matrix without gaps.
    ///
    /// # Panics
    /// If `data` does not have `rows * cols` elements.
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Matrix<'a, T> {
        assert_eq!(data.len(), rows * cols, "elements of a {rows} x {cols} matrix");
        Matrix { data, rows, cols, row_stride: cols, col_stride: 1 }
    }

    /// The same elements with rows and columns exchanged.
    pub fn transposed(self) -> Matrix<'a, T> {
        Matrix {
            data: self.data,
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }

    /// The columns from `first` on, `cols` of them.
    pub(crate) fn columns(self, first: usize, cols: usize) -> Matrix<'a, T> {
        let start = (first * self.col_stride).min(self.data.len());
        Matrix { data: &self.data[start..], cols, ..self }
    }

    /// The rows from `first` on, `rows` of them.
    pub(in crate::kernels) fn lines(self, first: usize, rows: usize) -> Matrix<'a, T> {
        let start = (first * self.row_stride).min(self.data.len());
        Matrix { data: &self.data[start..], rows, ..self }
    }

    /// Panics unless every element lies within the data.
    fn check(&self) {
        if self.rows > 0 && self.cols > 0 {
            let last = (self.rows - 1) * self.row_stride + (self.cols - 1) * self.col_stride;
            assert!(last < self.data.len(), "a matrix reaches beyond its data");
        }
    }
}

/// What a kernel does with the former values of its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// Replaces them; they may be anything, NaN included.
    Overwrite,
    /// Adds to them.
    Add,
}

impl Write {
    /// Writes `value` to `place`.
    #[inline(always)]
    pub(super) fn put<T: Real>(self, place: &mut T, value: T) {
        match self {
            Write::Overwrite => *place = value,
            Write::Add => *place += value,
        }
    }
}

/// What is done to each element of a result at the end.
pub trait Activate<T>: Sync {
    /// Replaces the elements of a contiguous run.
    fn apply(&self, run: &mut [T]);

    /// Does it replace what is below 0 by 0, and nothing else? Then a product does it in registers.
    fn is_relu(&self) -> bool {
        false
    }
}

impl<T, F: Fn(&mut [T]) + Sync> Activate<T> for F {
    fn apply(&self, run: &mut [T]) {
        self(run);
    }
}

/// What happens to the elements of a result while they are in cache.
pub struct Epilogue<'a, T> {
    /// A value a column, added.
    pub bias: Option<&'a [T]>,
    /// Applied last, to each finished contiguous run of the result, exactly once an element.
    pub activate: Option<&'a dyn Activate<T>>,
}

impl<T> Epilogue<'_, T> {
    /// Nothing.
    pub fn none() -> Self {
        Epilogue { bias: None, activate: None }
    }
}

/// `c = a b`, or `c += a b`, then the epilogue; `c` is row-major with a distance of `ldc` between rows.
///
/// # Panics
/// If the sizes do not agree.
pub fn gemm<T: Real>(
    threads: &Threads,
    a: Matrix<T>,
    b: Matrix<T>,
    c: &mut [T],
    ldc: usize,
    write: Write,
    epilogue: &Epilogue<T>,
) {
    gemm_with(threads, a, b.into(), c, ldc, write, epilogue);
}

/// The same with a right operand that may be packed.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn gemm_with<T: Real>(
    threads: &Threads,
    a: Matrix<T>,
    b: Right<T>,
    c: &mut [T],
    ldc: usize,
    write: Write,
    epilogue: &Epilogue<T>,
) {
    let (terms, n) = b.size();
    let (m, k) = (a.rows, a.cols);
    assert_eq!(k, terms, "columns of the left operand and rows of the right one");
    a.check();
    b.check();
    assert!(epilogue.bias.is_none_or(|bias| bias.len() == n), "a bias value a column");
    if let Right::Matrix(column) = b
        && n == 1
        && ldc == 1
    {
        if a.col_stride == 1 && column.row_stride == 1 {
            return inner_products(threads, a, column, &mut c[..m], write, epilogue);
        }
        if a.row_stride == 1 && m > 1 {
            return turned(threads, a, column, &mut c[..m], write, epilogue);
        }
    }
    product(threads, a, b, &mut Block::new(c, m, n, ldc), write, epilogue);
}

/// `c = a b`, or `c += a b`, where other tasks may write what lies between the rows of `c`.
///
/// # Panics
/// If the sizes do not agree.
pub(in crate::kernels) fn gemm_block<T: Real>(
    threads: &Threads,
    a: Matrix<T>,
    b: Matrix<T>,
    c: &mut Block<T>,
    write: Write,
) {
    assert!((a.rows, b.cols) == (c.rows(), c.cols()) && a.cols == b.rows, "the sizes of a product");
    a.check();
    b.check();
    product(threads, a, b.into(), c, write, &Epilogue::none());
}

fn product<T: Real>(
    threads: &Threads,
    a: Matrix<T>,
    b: Right<T>,
    c: &mut Block<T>,
    write: Write,
    epilogue: &Epilogue<T>,
) {
    let (m, k, n) = (a.rows, a.cols, c.cols());
    if m == 0 || n == 0 {
        return;
    }
    let b = b.of_rows(threads, m, Way::of_left(&a));
    let shards = cut::shards(threads, &a, n);
    if shards > 1 {
        return sharded(threads, a, b, c, write, epilogue, shards);
    }
    if cut::is_for_one(threads, &a, n) {
        let start = c.start(write, epilogue.bias);
        return block(threads.level(), a, b, c, start, epilogue.activate);
    }
    let grid = Grid::new::<T>(threads, m, n, k);
    grid.run(threads, &|rows, cols| {
        // SAFETY: the blocks of a grid have no common element.
        let mut c = unsafe { c.part(rows.clone(), cols.clone()) };
        let start = c.start(write, epilogue.bias.map(|bias| &bias[cols.clone()]));
        let (a, b) = (a.lines(rows.start, rows.len()), b.columns(cols.start, cols.len()));
        block(threads.level(), a, b, &mut c, start, epilogue.activate);
    });
}

/// A product of one column with rows that lie without gaps. Each row is by itself: its sum is the same with whatever others.
fn inner_products<T: Real>(
    threads: &Threads,
    a: Matrix<T>,
    column: Matrix<T>,
    c: &mut [T],
    write: Write,
    epilogue: &Epilogue<T>,
) {
    let task = if work(1, a.rows, a.cols) < PARALLEL { a.rows.max(1) } else { TASK.div_ceil(work(1, 1, a.cols)) };
    threads.chunks_mut(c, task, &|index, c| {
        if start_from_bias(c, write, epilogue.bias) == Write::Overwrite {
            c.fill(T::zero());
        }
        let rows = a.lines(index * task, c.len());
        if rows.cols == 1 {
            let factors = rows.data.iter().step_by(rows.row_stride.max(1));
            c.iter_mut().zip(factors).for_each(|(value, &factor)| *value += factor * column.data[0]);
        } else {
            row::add_inner_products(threads.level(), column.transposed(), rows.transposed(), c);
        }
        if let Some(activate) = epilogue.activate {
            activate.apply(c);
        }
    });
}

/// A product of one column with columns that lie without gaps is one of one row, of which all lanes of a register have sums.
fn turned<T: Real>(
    threads: &Threads,
    a: Matrix<T>,
    column: Matrix<T>,
    c: &mut [T],
    write: Write,
    epilogue: &Epilogue<T>,
) {
    let (write, epilogue) = (start_from_bias(c, write, epilogue.bias), Epilogue { bias: None, ..*epilogue });
    gemm(threads, column.transposed(), a.transposed(), c, a.rows, write, &epilogue);
}

/// Puts the bias of one column where its product will be; returns what is left to be done with the values there.
fn start_from_bias<T: Real>(c: &mut [T], write: Write, bias: Option<&[T]>) -> Write {
    let Some(&[bias]) = bias else { return write };
    c.iter_mut().for_each(|value| write.put(value, bias));
    Write::Add
}

/// `c = start + a b`, and the activation, on this thread.
fn block<T: Real>(
    level: Level,
    a: Matrix<T>,
    b: Right<T>,
    c: &mut Block<T>,
    start: Start<T>,
    activate: Option<&dyn Activate<T>>,
) {
    if let Right::Matrix(b) = b
        && a.rows == 1
        && row::multiply(level, a, b, c, start)
    {
        return c.activate(activate);
    }
    gathered(a, |a| multiply_and_activate(level, a, b, c, start, activate));
}

/// Passes a matrix as the micro-kernel takes it.
fn gathered<T: Real, R>(a: Matrix<T>, work: impl FnOnce(&Gathered<T>) -> R) -> R {
    scratch::indices(a.rows, |rows| {
        rows.iter_mut().enumerate().for_each(|(row, offset)| *offset = row * a.row_stride);
        work(&Gathered::new(a.data, rows, &[0], a.cols, a.col_stride))
    })
}

/// Each shard of the common dimension gives a partial result, the first one where the whole is to be; the others are added in
/// order.
fn sharded<T: Real>(
    threads: &Threads,
    a: Matrix<T>,
    b: Right<T>,
    c: &mut Block<T>,
    write: Write,
    epilogue: &Epilogue<T>,
    shards: usize,
) {
    let (m, n, k) = (a.rows, c.cols(), a.cols);
    let panel = panel::width::<T>(threads.level(), n);
    let parts = (work(m, n, k) / TASK).div_ceil(shards).max(1);
    let block_cols = n.div_ceil(parts).max(SHARD_COLS).next_multiple_of(panel);
    scratch::elements((shards - 1) * m * n, |partial: &mut [T]| {
        let others = Block::new(partial, (shards - 1) * m, n, n);
        let col_blocks = n.div_ceil(block_cols);
        threads.run(shards * col_blocks, &|index| {
            let (shard, first) = (index / col_blocks, index % col_blocks * block_cols);
            let cols = first..n.min(first + block_cols);
            let steps = if b.level(threads.level()) == Level::Amx { amx::DEPTH } else { 1 };
            let cut = |shard: usize| (k * shard / shards).next_multiple_of(steps).min(k);
            let terms = cut(shard)..cut(shard + 1);
            let a = a.columns(terms.start, terms.len());
            let b = b.lines(terms.start, terms.len()).columns(first, cols.len());
            let (whole, rows) = match shard.checked_sub(1) {
                None => (&*c, 0..m),
                Some(other) => (&others, other * m..shard * m),
            };
            // SAFETY: parts of different shards or columns have no common element.
            let mut part = unsafe { whole.part(rows, cols.clone()) };
            let start = match shard {
                0 => part.start(write, epilogue.bias.map(|bias| &bias[cols])),
                _ => Start::Zero,
            };
            block(threads.level(), a, b, &mut part, start, None);
        });
        let rows = m.div_ceil(threads.tasks(partial.len(), SUM));
        threads.run(m.div_ceil(rows), &|index| {
            let rows = index * rows..m.min((index + 1) * rows);
            // SAFETY: parts of different rows have no common element.
            let mut part = unsafe { c.part(rows.clone(), 0..n) };
            for (place, row) in rows.enumerate() {
                add_shards(&partial[row * n..], m * n, part.row(place), Write::Add);
            }
            part.activate(epilogue.activate);
        });
    });
}

/// `to` becomes, or grows by, the sum of the parts that start at 0, `stride`, ..., in this order.
pub(super) fn add_shards<T: Real>(partial: &[T], stride: usize, to: &mut [T], write: Write) {
    for (shard, part) in partial.chunks(stride.max(1)).enumerate() {
        let write = if shard == 0 { write } else { Write::Add };
        to.iter_mut().zip(part).for_each(|(to, &part)| write.put(to, part));
    }
}

/// The same on several threads, where there is much to be added.
pub(super) fn join_shards<T: Real>(threads: &Threads, partial: &[T], stride: usize, to: &mut [T], write: Write) {
    let chunk = to.len().div_ceil(threads.tasks(partial.len(), SUM)).max(1);
    threads.chunks_mut(to, chunk, &|index, to| add_shards(&partial[index * chunk..], stride, to, write));
}

#[cfg(test)]
pub(super) mod tests;
