//! Sums, in orders that let the compiler use vectors.

use crate::{Real, Threads};

use super::gemm::add_shards;
use super::level::Routine;
use super::{Level, Write, scratch};

/// Sums that are under way at once: those of one wide vector.
pub(super) const LANES: usize = 16;

/// Elements of a shard at least, unless there is one only.
const SHARD: usize = 1 << 14;

/// Most shards.
const SHARDS: usize = 32;

/// Elements that are added at once, so that few columns do not mean short loops.
const TILE: usize = 256;

/// The sum of each column of a row-major matrix with `to.len()` columns.
///
/// # Panics
/// If `data` are not whole rows.
pub fn sum_rows<T: Real>(threads: &Threads, data: &[T], to: &mut [T], write: Write) {
    sum_parts(threads, data, to.len(), to, write);
}

/// The sum of each of the first `to.len()` columns of a row-major matrix with `width` columns.
///
/// Each shard of the rows is added up by itself, and the shards' sums in order.
///
/// # Panics
/// If `data` are not whole rows, or if they do not have so many columns.
pub(crate) fn sum_parts<T: Real>(threads: &Threads, data: &[T], width: usize, to: &mut [T], write: Write) {
    let cols = to.len();
    assert!(cols <= width, "{cols} of {width} columns");
    if width == 0 {
        return assert!(data.is_empty(), "rows without columns have no elements");
    }
    assert!(data.len().is_multiple_of(width), "{} elements are not rows of {width}", data.len());
    let rows = data.len() / width;
    let shards = (rows * cols / SHARD).clamp(1, SHARDS);
    // A tile is as many whole rows as fit; the sums of a tile's rows are added last.
    let tile = if cols == width { cols * (TILE / cols).max(1) } else { cols };
    let step = if cols == width { tile } else { width };
    scratch::elements(shards * tile, |sums: &mut [T]| {
        threads.chunks_mut(sums, tile.max(1), &|shard, sums| {
            let rows = rows * shard / shards * width..rows * (shard + 1) / shards * width;
            threads.level().run(SumRows { data: &data[rows], step, sums });
        });
        add_shards(sums, cols, to, write);
    });
}

/// What `value` makes of the numbers at each place of slices of one length, joined by `join`: lane by lane, then the
/// lanes by halves, then the rest.
#[inline(always)]
pub(crate) fn fold<T: Real, const N: usize>(
    slices: [&[T]; N],
    empty: T,
    value: impl Fn([T; N]) -> T,
    join: impl Fn(T, T) -> T,
) -> T {
    let parts = slices.map(|slice| slice.as_chunks::<LANES>());
    let mut lanes = [empty; LANES];
    for chunk in 0..parts.iter().map(|(chunks, _)| chunks.len()).min().unwrap_or(0) {
        let values = parts.map(|(chunks, _)| &chunks[chunk]);
        for lane in 0..LANES {
            lanes[lane] = join(lanes[lane], value(values.map(|values| values[lane])));
        }
    }
    // If the compiler saw how they are joined, it would take the lanes of the loop above apart.
    let mut lanes = std::hint::black_box(lanes);
    let mut count = LANES;
    while count > 1 {
        count /= 2;
        for lane in 0..count {
            lanes[lane] = join(lanes[lane], lanes[lane + count]);
        }
    }
    let mut sum = lanes[0];
    for place in 0..parts.iter().map(|(_, rest)| rest.len()).min().unwrap_or(0) {
        sum = join(sum, value(parts.map(|(_, rest)| rest[place])));
    }
    sum
}

/// The sum of the sizes of some numbers, which none of them exceeds: NaN or infinite where one of them is.
pub(crate) fn sizes<T: Real>(level: Level, data: &[T]) -> T {
    level.run(Sizes { data })
}

struct Sizes<'a, T> {
    data: &'a [T],
}

impl<T: Real> Routine for Sizes<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> T {
        // A sum waits for its last addition: four numbers at a time wait as long as one.
        let quarter = self.data.len() / 4;
        let quarters: [&[T]; 4] = std::array::from_fn(|place| &self.data[place * quarter..][..quarter]);
        let value = |[a, b, c, d]: [T; 4]| (a.abs() + b.abs()) + (c.abs() + d.abs());
        let rest = self.data[4 * quarter..].iter().fold(T::zero(), |sum, value| sum + value.abs());
        fold(quarters, T::zero(), value, |a, b| a + b) + rest
    }
}

struct SumRows<'a, T> {
    data: &'a [T],
    /// From one tile to the next.
    step: usize,
    sums: &'a mut [T],
}

impl<T: Real> Routine for SumRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        self.sums.fill(T::zero());
        for tile in self.data.chunks(self.step) {
            self.sums.iter_mut().zip(tile).for_each(|(sum, &value)| *sum += value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::tests::{assert_close, numbers, pools};

    fn check<T: Real>(rows: usize, cols: usize) {
        let (data, former) = (numbers::<T>(rows * cols, 1), numbers::<T>(cols, 2));
        let column = |col: usize| (0..rows).map(|row| data[row * cols + col].wide()).sum::<f64>();
        let expected: Vec<f64> = (0..cols).map(column).collect();
        let added: Vec<f64> = expected.iter().zip(&former).map(|(sum, former)| sum + former.wide()).collect();
        for threads in pools() {
            let mut to = vec![T::nan(); cols];
            sum_rows(&threads, &data, &mut to, Write::Overwrite);
            assert_close(&to, &expected, 200, &format!("{rows} x {cols}"));
            let mut to = former.clone();
            sum_rows(&threads, &data, &mut to, Write::Add);
            assert_close(&to, &added, 200, &format!("{rows} x {cols} added"));
            let mut to = vec![T::nan(); cols.div_ceil(2)];
            sum_parts(&threads, &data, cols, &mut to, Write::Overwrite);
            assert_close(&to, &expected[..to.len()], 200, &format!("a part of {rows} x {cols}"));
        }
    }

    #[test]
    fn no_number_exceeds_the_sum_of_sizes() {
        for (level, len) in Level::available().flat_map(|level| [0, 1, 3, 4, 70, 1000].map(|len| (level, len))) {
            let mut data = numbers::<f64>(len, 1);
            let sum: f64 = data.iter().map(|x| x.abs()).sum();
            assert!((sizes(level, &data) - sum).abs() < 1e-12 * (1.0 + sum), "{level:?}, {len}");
            for bad in [f64::NAN, f64::NEG_INFINITY].into_iter().filter(|_| len > 0) {
                data[len / 2] = bad;
                assert!(!sizes(level, &data).is_finite(), "{level:?}, {len}: {bad}");
            }
        }
    }

    #[test]
    fn sums_of_many_shapes() {
        for (rows, cols) in [(0, 0), (0, 3), (1, 1), (5, 1), (7, 10), (100, 32), (3, 700), (33_000, 3), (2000, 64)] {
            check::<f32>(rows, cols);
            check::<f64>(rows, cols);
        }
    }
}
