//! Softmax and its logarithm over rows.

use crate::Real;

use super::Write;
use super::level::{Level, Routine, multiply_add};
use super::reduce::{LANES, fold};

/// Rows that are taken at once, as far as so many of their numbers stay in the first-level cache.
const ROWS: usize = 8;
const CACHED: usize = 1 << 12;

/// Short rows from which it pays to take rows side by side.
const FEW: usize = 4;

/// Each row becomes the softmax of its product with a factor: `e^(factor x)`, divided by the sum of the row.
///
/// # Panics
/// If `width` does not divide the values into rows.
pub fn softmax<T: Real>(level: Level, values: &mut [T], width: usize, factor: T) {
    check(values.len(), width);
    Softmax { values, width, factor, logarithm: false }.run_at(level);
}

/// Each row becomes the logarithm of its softmax.
///
/// # Panics
/// If `width` does not divide the values into rows.
pub fn log_softmax<T: Real>(level: Level, values: &mut [T], width: usize) {
    check(values.len(), width);
    Softmax { values, width, factor: T::one(), logarithm: true }.run_at(level);
}

/// `dx = y (dy - sum of y dy)`, a row at a time.
///
/// # Panics
/// If the lengths differ, or `width` does not divide the values into rows.
pub fn softmax_gradient<T: Real>(level: Level, y: &[T], dy: &[T], dx: &mut [T], write: Write, width: usize) {
    assert!(y.len() == dx.len() && dy.len() == dx.len(), "the slices of a softmax have one length");
    check(dx.len(), width);
    level.run(Gradient { y, dy, dx, write, width, logarithm: false });
}

/// `dx = dy - e^y (sum of dy)`, a row at a time.
///
/// # Panics
/// If the lengths differ, or `width` does not divide the values into rows.
pub fn log_softmax_gradient<T: Real>(level: Level, y: &[T], dy: &[T], dx: &mut [T], write: Write, width: usize) {
    assert!(y.len() == dx.len() && dy.len() == dx.len(), "the slices of a softmax have one length");
    check(dx.len(), width);
    level.run(Gradient { y, dy, dx, write, width, logarithm: true });
}

fn check(len: usize, width: usize) {
    assert!(len == 0 || (width > 0 && len.is_multiple_of(width)), "rows of {width} values do not make {len}");
}

/// The larger one; NaN wins.
#[inline(always)]
fn larger<T: Real>(a: T, b: T) -> T {
    if b > a || b.is_nan() { b } else { a }
}

struct Softmax<'a, T> {
    values: &'a mut [T],
    width: usize,
    factor: T,
    logarithm: bool,
}

impl<T: Real> Softmax<'_, T> {
    fn run_at(self, level: Level) {
        if self.values.is_empty() {
            // Their width may be 0.
        } else if self.width <= LANES && self.values.len() >= FEW * self.width {
            level.run(SideBySide(self));
        } else {
            level.run(self);
        }
    }
}

impl<T: Real> Routine for Softmax<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Softmax { values, width, factor, logarithm } = self;
        if width <= LANES {
            for row in values.chunks_exact_mut(width) {
                short::<FMA, T>(row, factor, logarithm);
            }
            return;
        }
        // What a row waits for, such as its sum, is computed while other rows wait for theirs.
        let rows = (CACHED / width).clamp(1, ROWS);
        for values in values.chunks_mut(rows * width) {
            let mut kept = [T::zero(); ROWS];
            for (row, largest) in values.chunks_exact(width).zip(&mut kept) {
                *largest = fold([row], T::neg_infinity(), |[x]| factor * x, larger);
            }
            let power = |x: T, largest: T| multiply_add::<FMA, T>(factor, x, -largest).exponential::<FMA>();
            if logarithm {
                for (row, largest) in values.chunks_exact_mut(width).zip(kept) {
                    let total = largest + fold([&*row], T::zero(), |[x]| power(x, largest), |a, b| a + b).ln();
                    row.iter_mut().for_each(|value| *value -= total);
                }
                continue;
            }
            for (row, largest) in values.chunks_exact_mut(width).zip(kept) {
                row.iter_mut().for_each(|value| *value = power(*value, largest));
            }
            for (row, share) in values.chunks_exact(width).zip(&mut kept) {
                *share = T::one() / fold([row], T::zero(), |[x]| x, |a, b| a + b);
            }
            for (row, share) in values.chunks_exact_mut(width).zip(kept) {
                row.iter_mut().for_each(|value| *value *= share);
            }
        }
    }
}

/// The same for a row that one wide vector holds.
#[inline(always)]
fn short<const FMA: bool, T: Real>(row: &mut [T], factor: T, logarithm: bool) {
    let width = row.len();
    // More of the first value do not change the largest one.
    let mut values = [factor * row[0]; LANES];
    values.iter_mut().zip(&*row).for_each(|(to, value)| *to = factor * *value);
    let largest = fold([&values], T::neg_infinity(), |[x]| x, larger);
    let mut powers = [T::zero(); LANES];
    for lane in 0..LANES {
        let power = (values[lane] - largest).exponential::<FMA>();
        powers[lane] = if lane < width { power } else { T::zero() };
    }
    let total = fold([&powers], T::zero(), |[x]| x, |a, b| a + b);
    if logarithm {
        let total = largest + total.ln();
        row.iter_mut().for_each(|value| *value -= total);
    } else {
        let share = T::one() / total;
        powers.iter_mut().for_each(|power| *power *= share);
        row.copy_from_slice(&powers[..width]);
    }
}

/// The same for many rows of that kind. By itself, as its room on the stack slows down a single row.
struct SideBySide<'a, T>(Softmax<'a, T>);

impl<T: Real> Routine for SideBySide<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Softmax { values, width, factor, logarithm } = self.0;
        for rows in values.chunks_mut(LANES * width) {
            side_by_side::<FMA, T>(rows, width, factor, logarithm);
        }
    }
}

/// The same for as many rows as a wide vector has lanes, or fewer: one a lane, which takes no sums across lanes.
#[inline(always)]
fn side_by_side<const FMA: bool, T: Real>(rows: &mut [T], width: usize, factor: T, logarithm: bool) {
    let mut columns = [[T::zero(); LANES]; LANES];
    for (lane, row) in rows.chunks_exact(width).enumerate() {
        for (column, value) in columns.iter_mut().zip(row) {
            column[lane] = factor * *value;
        }
    }
    let columns = &mut columns[..width];
    let mut largest = columns[0];
    for column in &columns[1..] {
        for lane in 0..LANES {
            largest[lane] = larger(largest[lane], column[lane]);
        }
    }
    let mut powers = [[T::zero(); LANES]; LANES];
    for (powers, column) in powers.iter_mut().zip(&*columns) {
        for lane in 0..LANES {
            powers[lane] = (column[lane] - largest[lane]).exponential::<FMA>();
        }
    }
    // In the order of the sum of a single row.
    let mut sums = powers;
    let mut count = LANES;
    while count > 1 {
        count /= 2;
        let (sums, others) = sums.split_at_mut(count);
        for (sum, other) in sums.iter_mut().zip(&others[..width.saturating_sub(count).min(count)]) {
            for lane in 0..LANES {
                sum[lane] += other[lane];
            }
        }
    }
    let [total, ..] = sums;
    if logarithm {
        for (lane, row) in rows.chunks_exact_mut(width).enumerate() {
            let total = largest[lane] + total[lane].ln();
            for value in row {
                *value -= total;
            }
        }
        return;
    }
    let shares = total.map(|total| T::one() / total);
    for powers in &mut powers[..width] {
        for lane in 0..LANES {
            powers[lane] *= shares[lane];
        }
    }
    for (lane, row) in rows.chunks_exact_mut(width).enumerate() {
        for (value, powers) in row.iter_mut().zip(&powers) {
            *value = powers[lane];
        }
    }
}

struct Gradient<'a, T> {
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
    write: Write,
    width: usize,
    logarithm: bool,
}

impl<T: Real> Routine for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let width = self.width.max(1);
        let rows = self.y.chunks_exact(width).zip(self.dy.chunks_exact(width));
        for (dx, (y, dy)) in self.dx.chunks_exact_mut(width).zip(rows) {
            let known = y.iter().zip(dy);
            if self.logarithm {
                let total = fold([dy], T::zero(), |[dy]| dy, |a, b| a + b);
                for (dx, (&y, &dy)) in dx.iter_mut().zip(known) {
                    self.write.put(dx, dy - y.exponential::<FMA>() * total);
                }
            } else {
                let total = fold([y, dy], T::zero(), |[y, dy]| y * dy, |a, b| a + b);
                for (dx, (&y, &dy)) in dx.iter_mut().zip(known) {
                    self.write.put(dx, y * (dy - total));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::tests::{assert_close, numbers};

    fn check<T: Real>(rows: usize, width: usize, factor: f64) {
        let x: Vec<T> = numbers::<T>(rows * width, 1).iter().map(|x| *x * T::of(20.0)).collect();
        let mut expected = Vec::new();
        for row in x.chunks_exact(width) {
            let largest = row.iter().map(|x| factor * x.wide()).fold(f64::NEG_INFINITY, f64::max);
            let powers: Vec<f64> = row.iter().map(|x| (factor * x.wide() - largest).exp()).collect();
            expected.extend(powers.iter().map(|power| power / powers.iter().sum::<f64>()));
        }
        for level in Level::available() {
            let mut y = x.clone();
            softmax(level, &mut y, width, T::of(factor));
            assert_close(&y, &expected, 100, &format!("{rows} x {width} times {factor}, {level:?}"));
        }
    }

    #[test]
    fn softmax_of_products_with_a_factor() {
        for (rows, width) in [(3, 1), (5, 3), (20, 16), (37, 10), (9, 17), (21, 64), (1, 100), (3, 700), (2, 5000)] {
            for factor in [1.0, 0.125, 0.0, -2.0] {
                check::<f32>(rows, width, factor);
                check::<f64>(rows, width, factor);
            }
        }
    }

    #[test]
    fn a_row_has_the_same_bits_with_whatever_others() {
        for level in Level::available() {
            for width in [1, 2, 7, 10, 16] {
                let x = numbers::<f32>(23 * width, 1);
                let (mut together, mut alone) = (x.clone(), x.clone());
                softmax(level, &mut together, width, 3.0);
                alone.chunks_exact_mut(width).for_each(|row| softmax(level, row, width, 3.0));
                assert_eq!(together, alone, "{width} values, {level:?}");
                let (mut together, mut alone) = (x.clone(), x);
                log_softmax(level, &mut together, width);
                alone.chunks_exact_mut(width).for_each(|row| log_softmax(level, row, width));
                assert_eq!(together, alone, "logarithms of {width} values, {level:?}");
            }
        }
    }

    #[test]
    fn what_is_not_a_number_stays_in_its_row() {
        for (level, width) in Level::available().flat_map(|level| [(level, 10), (level, 40)]) {
            let mut y = numbers::<f32>(20 * width, 1);
            y[3 * width + width - 1] = f32::NAN;
            softmax(level, &mut y, width, 0.5);
            for (index, row) in y.chunks_exact(width).enumerate() {
                assert!(row.iter().all(|y| y.is_nan() == (index == 3)), "row {index} of {width}, {level:?}");
            }
        }
    }
}
