//! General matrix multiplication.
//!
//! The scheme is that of Goto and of BLIS: a micro-kernel keeps a small tile of the result in registers while it runs
//! along the common dimension (`tile`), panels of the right operand stay in the first-level cache while all rows pass
//! over them (`panel`, `block`) while memory brings the next ones (`soon`), and tasks are blocks of the result. The left operand
//! is read where it lies, through a table of row offsets: this serves transposed matrices and, in convolutions, patches of an
//! image.

mod batch;
mod block;
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
pub(super) use batch::{Batch, panel_of};
pub(crate) use block::{multiply, multiply_and_activate};
pub(crate) use kept::KeptRight;
pub(super) use largest::{GROUPS, largest};
pub(crate) use operands::{Block, Right, Start};
pub(crate) use packed::PackedProduct;
pub(crate) use panel::Panels;
pub(super) use panel::pack;
pub(crate) use sparse::{leaves_out_zeros, row_of_some};
pub(crate) use tile::Gathered;

/// Operations a task should hold at least: some microseconds of work.
const TASK: usize = 1 << 21;

/// Operations from which a product is worth a fork.
const PARALLEL: usize = 2 * TASK;

/// Rows from which a result is cut in any case.
const BLOCK_ROWS: usize = 256;

/// Rows that a task should have at least, where enough tasks are left: some more than a copy of a panel is worth.
const FAIR_ROWS: usize = block::PACK_ROWS + tile::MAX_ROWS;

/// Rows from which a product with a small right operand is cut by rows alone.
const MANY_ROWS: usize = 32;

/// Elements of a right operand that each thread may as well have in its own cache.
const SMALL: usize = 1 << 16;

/// Elements of rows that take longer to be fetched from another thread's cache than a fork.
const ROWS: usize = 1 << 12;

/// Operations that take as long as fetching an element of the right operand, which few rows do not hide.
const FETCH: usize = 16;

/// Terms a shard of the common dimension should hold at least.
const SHARD: usize = 1024;

/// Columns that a part of a shard has at least: what is read in shorter pieces of rows comes slowly from memory.
const SHARD_COLS: usize = 256;

/// Elements of the largest right operand of which each thread keeps some rows in its cache.
const KEPT: usize = 1 << 18;

/// Elements of partial results that are worth a task.
const SUM: usize = 1 << 12;

/// Bytes of a right operand that are read again and again without going to memory.
const CACHED: usize = 1 << 20;

/// The work of a product, in operations.
fn work(m: usize, n: usize, k: usize) -> usize {
    (2 * m).max(FETCH) * n * k
}

/// Is a product cut by rows alone, as the layers around it are? What a thread reads is then what it wrote before.
fn is_cut_by_rows(m: usize, n: usize, k: usize) -> bool {
    m >= MANY_ROWS && n * k <= SMALL
}

/// The tasks of a product for the sake of its rows alone: to fetch those that another thread wrote takes longer than the product.
fn rows_tasks(threads: &Threads, m: usize, n: usize, k: usize) -> usize {
    if is_cut_by_rows(m, n, k) { (m * (n + k) / ROWS).clamp(1, threads.count()) } else { 1 }
}

/// Is a product of few rows cut at the middle of the common dimension? A thread then reads the rows of a kernel that it has changed
/// in the training step before, and the other half stays in the cache of another.
fn is_cut_by_terms(m: usize, n: usize, k: usize) -> bool {
    m > tile::MAX_ROWS && 16 * m <= k && (SMALL + 1..=KEPT).contains(&(n * k))
}

/// Is the gradient of a kernel, which adds up over samples, cut by samples? It is where operands are in the caches of the threads that
/// computed them and the result is smaller by far.
fn is_cut_by_samples(m: usize, n: usize, k: usize) -> bool {
    k * (m + n) <= 4 * KEPT && 8 * m * n <= k * (m + n)
}

/// The number of parts for that: partial results are a quarter of the operands at most.
fn shards_of_samples(m: usize, n: usize, k: usize) -> usize {
    let most = (k * (m + n) / (4 * m * n)).min(work(m, n, k) / (TASK / 4)).clamp(1, 16);
    1 << most.ilog2()
}

/// Operations that a task of a product should hold at least.
fn task(m: usize, n: usize, k: usize) -> usize {
    if is_cut_by_rows(m, n, k) { TASK / 8 } else { TASK }
}

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
    pub(super) fn lines(self, first: usize, rows: usize) -> Matrix<'a, T> {
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
    let mut c = Block::new(c, m, n, ldc);
    if m == 0 || n == 0 {
        return;
    }
    let shards = if a.row_stride == 1 && a.col_stride > 1 && is_cut_by_samples(m, n, k) {
        shards_of_samples(m, n, k)
    } else {
        shards::<T>(threads, m, n, k)
    };
    if shards > 1 {
        return sharded(threads, a, b, &mut c, write, epilogue, shards);
    }
    let spread = a.col_stride == 1 && rows_tasks(threads, m, n, k) > 1;
    if !spread && work(m, n, k) < 2 * task(m, n, k) && m <= BLOCK_ROWS {
        let start = c.start(write, epilogue.bias);
        return block(threads.level(), a, b, &mut c, start, epilogue.activate);
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

/// The number of parts the common dimension is cut into: more than one where it is long, and the result has too few tiles
/// for parallel work, as in the gradient of weights, or so few that each of its rows would go through all of a large right
/// operand, as behind a flattened image.
fn shards<T>(threads: &Threads, m: usize, n: usize, k: usize) -> usize {
    let panels = n.div_ceil(2 * threads.level().vector_bytes() / size_of::<T>());
    let few = m.div_ceil(tile::MAX_ROWS) * panels <= 8;
    let long = m > tile::MAX_ROWS && panels <= 32 && k * n * size_of::<T>() > CACHED && 64 * m <= k;
    if work(m, n, k) < PARALLEL {
        1
    } else if few || long {
        (k / SHARD).clamp(1, 16)
    } else {
        1 + usize::from(is_cut_by_terms(m, n, k))
    }
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
            let terms = k * shard / shards..k * (shard + 1) / shards;
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

/// The cut of a result into blocks, one a task.
struct Grid {
    rows: usize,
    cols: usize,
    block_rows: usize,
    block_cols: usize,
}

impl Grid {
    fn new<T: Real>(threads: &Threads, rows: usize, cols: usize, terms: usize) -> Grid {
        let panel = panel::width::<T>(threads.level(), cols);
        let (work, task) = (work(rows, cols, terms), task(rows, cols, terms));
        // Otherwise columns are cut first: a task then packs its panels for itself alone. Many rows are cut anyway.
        let (tasks, most) = match is_cut_by_rows(rows, cols, terms) {
            true => (threads.tasks(work, task).max(rows_tasks(threads, rows, cols, terms)), 1),
            // The sum of a single row goes another way if its columns are cut elsewhere.
            false if rows == 1 => ((work / task).max(1), cols.div_ceil(panel)),
            false => (threads.tasks(work, task), cols.div_ceil(panel)),
        };
        let tasks = tasks.min(64);
        let col_blocks = most.min(tasks.div_ceil(rows.div_ceil(BLOCK_ROWS)));
        // Each block of rows goes through its panels once more, and few rows do so without a copy of them.
        let blocks = |tasks_a_thread: usize| (tasks_a_thread * threads.count()).div_ceil(col_blocks);
        let most_high = match is_cut_by_rows(rows, cols, terms) {
            true => rows,
            false => blocks(4).min((rows / FAIR_ROWS).max(blocks(1))),
        };
        let row_blocks = tasks.div_ceil(col_blocks).min(most_high).max(rows.div_ceil(BLOCK_ROWS));
        let row_blocks = row_blocks.min(rows.div_ceil(tile::MAX_ROWS));
        let mut block_rows = rows.div_ceil(row_blocks);
        if block_rows > 4 * tile::MAX_ROWS {
            block_rows = block_rows.next_multiple_of(tile::MAX_ROWS);
        }
        // A single row is summed up in another order, which must not follow from the number of threads.
        while rows > 1 && rows % block_rows == 1 {
            block_rows += tile::MAX_ROWS;
        }
        Grid { rows, cols, block_rows, block_cols: cols.div_ceil(col_blocks).next_multiple_of(panel) }
    }

    /// Calls `task` with the rows and the columns of each block; blocks of the same columns follow each other.
    fn run(&self, threads: &Threads, task: &(dyn Fn(std::ops::Range<usize>, std::ops::Range<usize>) + Sync)) {
        let row_blocks = self.rows.div_ceil(self.block_rows);
        let blocks = row_blocks * self.cols.div_ceil(self.block_cols);
        let block = |index: usize| {
            let row = index % row_blocks * self.block_rows;
            let col = index / row_blocks * self.block_cols;
            task(row..(row + self.block_rows).min(self.rows), col..(col + self.block_cols).min(self.cols));
        };
        threads.run(blocks, &block);
    }
}

#[cfg(test)]
pub(super) mod tests;
