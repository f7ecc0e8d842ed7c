//! Softmax and its logarithm over rows.

use crate::Real;

use super::Write;
use super::level::{Level, Routine};
use super::reduce::{LANES, fold};

/// Each row becomes its softmax: `e^x`, divided by the sum of the row.
///
/// # Panics
/// If `width` does not divide the values into rows.
pub fn softmax<T: Real>(level: Level, values: &mut [T], width: usize) {
    check(values.len(), width);
    level.run(Softmax { values, width, logarithm: false });
}

/// Each row becomes the logarithm of its softmax.
///
/// # Panics
/// If `width` does not divide the values into rows.
pub fn log_softmax<T: Real>(level: Level, values: &mut [T], width: usize) {
    check(values.len(), width);
    level.run(Softmax { values, width, logarithm: true });
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
    logarithm: bool,
}

impl<T: Real> Routine for Softmax<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let width = self.width.max(1);
        if width <= LANES {
            for row in self.values.chunks_exact_mut(width) {
                short::<FMA, T>(row, self.logarithm);
            }
            return;
        }
        for row in self.values.chunks_exact_mut(width) {
            let largest = fold([&*row], T::neg_infinity(), |[x]| x, |a, b| larger(a, b));
            if self.logarithm {
                let power = |[x]: [T; 1]| (x - largest).exponential::<FMA>();
                let total = largest + fold([&*row], T::zero(), power, |a, b| a + b).ln();
                row.iter_mut().for_each(|value| *value -= total);
            } else {
                row.iter_mut().for_each(|value| *value = (*value - largest).exponential::<FMA>());
                let factor = T::one() / fold([&*row], T::zero(), |[x]| x, |a, b| a + b);
                row.iter_mut().for_each(|value| *value *= factor);
            }
        }
    }
}

/// The same for a row that one wide vector holds.
#[inline(always)]
fn short<const FMA: bool, T: Real>(row: &mut [T], logarithm: bool) {
    let width = row.len();
    // More of the first value do not change the largest one.
    let mut values = [row[0]; LANES];
    values[..width].copy_from_slice(row);
    let largest = fold([&values], T::neg_infinity(), |[x]| x, |a, b| larger(a, b));
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
        let factor = T::one() / total;
        powers.iter_mut().for_each(|power| *power *= factor);
        row.copy_from_slice(&powers[..width]);
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
