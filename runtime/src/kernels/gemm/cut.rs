//! How a product is cut into tasks.
//!
//! How many there are may follow from the number of threads, unless the common dimension is cut: that decides the order of sums.

use std::ops::Range;

use super::amx::{self, Way};
use super::{Matrix, block, panel, tile};
use crate::kernels::Level;
use crate::{Real, Threads};

/// Operations a task should hold at least: some microseconds of work.
pub(super) const TASK: usize = 1 << 21;

/// Operations from which a product is worth a fork.
pub(super) const PARALLEL: usize = 2 * TASK;

/// Rows from which a result is cut in any case.
const BLOCK_ROWS: usize = 256;

/// Rows that a task should have at least, where enough tasks are left: some more than a copy of a panel of long rows is worth.
const FAIR_ROWS: usize = block::PACK_ROWS + tile::MAX_ROWS;

/// The same where each task copies all of the right operand: that is a twentieth of its work.
const WORTH_ROWS: usize = 400;

/// Elements of a left operand that stay in the second-level cache.
const LEFT: usize = 1 << 17;

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

/// Elements of the largest right operand of which each thread keeps some rows in its cache.
const KEPT: usize = 1 << 18;

/// Bytes of a right operand that are read again and again without going to memory.
pub(super) const CACHED: usize = 1 << 20;

/// The level of a product of these sizes: tiles are for some. It follows from the whole product, not from how it is cut.
pub(super) fn level<T>(threads: &Threads, sizes: [usize; 3], ways: [Way; 2]) -> Level {
    let level = threads.level();
    let tiles = level == Level::Amx && size_of::<T>() == size_of::<f32>() && amx::is_worth(sizes, ways);
    if tiles { level } else { level.of_vectors() }
}

/// The work of a product, in operations.
pub(super) fn work(m: usize, n: usize, k: usize) -> usize {
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

/// The number of parts the common dimension is cut into: more than one where it is long, and the result has too few tiles
/// for parallel work, as in the gradient of weights, or so few that each of its rows would go through all of a large right
/// operand, as behind a flattened image.
pub(super) fn shards<T>(threads: &Threads, a: &Matrix<T>, n: usize) -> usize {
    let (m, k) = (a.rows, a.cols);
    if a.row_stride == 1 && a.col_stride > 1 && is_cut_by_samples(m, n, k) {
        return shards_of_samples(m, n, k);
    }
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

/// Is a product with a right operand of `n` columns done by one thread? Only one whose rows are made one after the other is cut for the
/// sake of where they are.
pub(super) fn is_for_one<T>(threads: &Threads, a: &Matrix<T>, n: usize) -> bool {
    let (m, k) = (a.rows, a.cols);
    let is_spread = a.col_stride == 1 && rows_tasks(threads, m, n, k) > 1;
    !is_spread && work(m, n, k) < 2 * task(m, n, k) && m <= BLOCK_ROWS
}

/// The cut of a result into blocks, one a task.
pub(super) struct Grid {
    rows: usize,
    cols: usize,
    block_rows: usize,
    block_cols: usize,
}

impl Grid {
    pub(super) fn new<T: Real>(threads: &Threads, rows: usize, cols: usize, terms: usize) -> Grid {
        let panel = panel::width::<T>(threads.level(), cols);
        let (work, task) = (work(rows, cols, terms), task(rows, cols, terms));
        let is_cut_by_rows = is_cut_by_rows(rows, cols, terms);
        // Otherwise columns are cut first: a task then packs its panels for itself alone. Many rows are cut anyway.
        let (tasks, most) = match is_cut_by_rows {
            true => (threads.tasks(work, task).max(rows_tasks(threads, rows, cols, terms)), 1),
            // The sum of a single row goes another way if its columns are cut elsewhere.
            false if rows == 1 => ((work / task).max(1), cols.div_ceil(panel)),
            false => (threads.tasks(work, task), cols.div_ceil(panel)),
        };
        let tasks = tasks.min(64);
        let most_rows = if is_cut_by_rows { (LEFT / terms.max(1)).max(BLOCK_ROWS) } else { BLOCK_ROWS };
        let col_blocks = most.min(tasks.div_ceil(rows.div_ceil(most_rows)));
        // Each block of rows goes through its panels once more, and few rows do so without a copy of them.
        let blocks = |tasks_a_thread: usize| (tasks_a_thread * threads.count()).div_ceil(col_blocks);
        let most_high = match is_cut_by_rows {
            true => (rows / WORTH_ROWS).max(1).next_multiple_of(threads.count()),
            false => blocks(4).min((rows / FAIR_ROWS).max(blocks(1))),
        };
        let row_blocks = tasks.div_ceil(col_blocks).min(most_high).max(rows.div_ceil(most_rows));
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
    pub(super) fn run(&self, threads: &Threads, task: &(dyn Fn(Range<usize>, Range<usize>) + Sync)) {
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
