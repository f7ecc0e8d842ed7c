//! Sums over the rows of a matrix.

use crate::buffer::Buffer;
use crate::kernels::Write;
use crate::{Real, Threads};

use super::each;

/// The most rows that are added up one after the other: their partial sums are added in turn, which keeps rounding
/// errors small and gives threads work.
const ROWS: usize = if cfg!(test) { 3 } else { 512 };

/// A sum for each of `width` columns: `add(row, sums)` adds one row to them. The order does not depend on the threads.
pub(super) fn sums<'a, T: Real>(
    threads: &Threads,
    rows: usize,
    width: usize,
    partial: &'a mut Buffer<T>,
    add: impl Fn(usize, &mut [T]) + Sync,
) -> &'a mut [T] {
    let block = each::TASK.div_ceil(width.max(1)).min(ROWS);
    let partial = partial.take(rows.div_ceil(block).max(1) * width);
    if width == 0 {
        return partial;
    }
    threads.chunks_mut(partial, width, &|task, sums| {
        sums.fill(T::zero());
        for row in (task * block..rows).take(block) {
            add(row, sums);
        }
    });
    let (sums, others) = partial.split_at_mut(width);
    for other in others.chunks_exact(width) {
        sums.iter_mut().zip(other).for_each(|(sum, value)| *sum += *value);
    }
    sums
}

/// `target` becomes, or grows by, the sum of the rows of `data`: the gradient of a bias.
pub(super) fn add_up<T: Real>(
    threads: &Threads,
    data: &[T],
    partial: &mut Buffer<T>,
    (target, write): (&mut [T], Write),
) {
    let width = target.len();
    let sums = sums(threads, data.len() / width.max(1), width, partial, |row, sums| {
        sums.iter_mut().zip(&data[row * width..]).for_each(|(sum, value)| *sum += *value);
    });
    target.iter_mut().zip(sums).for_each(|(target, sum)| each::put(write, target, *sum));
}
