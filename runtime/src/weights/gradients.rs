//! Where a layer's kernel writes the gradients of its weights.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Factors, Variable, factors};
use crate::kernels::Write;
use crate::kernels::gemm::{Activate, Epilogue, Matrix, bound, gemm};
use crate::{Real, Threads};

/// Numbers of the smallest gradient that is looked at as it is made: going through it later would take a task or two.
const LOOKED: usize = if cfg!(test) { 1 } else { 1 << 14 };

/// How many times as large as its operands a gradient is at least for which those are looked at in its place.
const FEW: usize = 2;

/// The largest number with a finite square: optimizers average squares, and an average that is infinite once is NaN after the next
/// step.
pub(crate) fn largest<T: Real>() -> T {
    // The root of the largest number is rounded up to one whose square is infinite.
    (T::max_value() * (T::one() - T::epsilon() * T::of(0.5))).sqrt()
}

/// The largest number of which a million squares have a finite sum: every optimizer takes a gradient without larger ones.
pub(crate) fn largest_of_many<T: Real>() -> T {
    largest::<T>() * T::of(1.0 / 1024.0)
}

/// Where the gradients of a layer's trainable variables go, one after the other.
#[derive(Debug)]
pub struct WeightGrads<'a, T> {
    data: &'a mut [T],
    write: Write,
    wanted: bool,
    /// Whoever takes the factors of a gradient in its place, and where `data` starts in the gradient of the model.
    factors: Option<(&'a mut Factors<T>, usize)>,
}

impl<'a, T: Real> WeightGrads<'a, T> {
    /// The gradients of one layer. A layer that is used twice overwrites once and then adds.
    pub fn new(data: &'a mut [T], write: Write) -> Self {
        WeightGrads { data, write, wanted: true, factors: None }
    }

    /// The same, of a layer in which training changes something, or of one that is frozen.
    pub fn wanted_if(self, wanted: bool) -> Self {
        WeightGrads { wanted, ..self }
    }

    /// The same, of a layer whose gradients start at `start` in that of the model; where there are `factors`, they may be
    /// left there instead.
    pub(crate) fn or_factors(self, factors: Option<&'a mut Factors<T>>, start: usize) -> Self {
        WeightGrads { factors: factors.map(|factors| (factors, start)), ..self }
    }

    /// Does anybody read these gradients? Those of a frozen layer need not be computed; what is written is lost.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Overwrite, or add to an earlier use of the layer?
    pub fn write(&self) -> Write {
        self.write
    }

    /// All of it, and where factors may be left.
    pub(crate) fn into_parts(self) -> (&'a mut [T], Option<&'a mut Factors<T>>) {
        (self.data, self.factors.map(|(factors, _)| factors))
    }

    /// The gradient of the next trainable variable, `len` numbers long, as a sum to add to: it is zero where this is the
    /// layer's first use.
    pub fn sum(&mut self, len: usize) -> &'a mut [T] {
        let write = self.write;
        let sum = self.next(len);
        if write == Write::Overwrite {
            sum.fill(T::zero());
        }
        sum
    }

    /// The gradient of the next trainable variable, `len` numbers long, to be written as [`write`](WeightGrads::write) says.
    pub fn next(&mut self, len: usize) -> &'a mut [T] {
        let (write, head) = (self.write, self.skip(len));
        if write == Write::Add
            && let Some((factors, end)) = &mut self.factors
        {
            factors.write(Threads::global(), *end - len..*end, head);
        }
        head
    }

    /// The same, whatever an earlier use of the layer has left in its place.
    fn skip(&mut self, len: usize) -> &'a mut [T] {
        let (head, rest) = std::mem::take(&mut self.data).split_at_mut(len);
        self.data = rest;
        if let Some((_, start)) = &mut self.factors {
            *start += len;
        }
        head
    }

    /// The gradient of a trainable variable after the next `skipped` numbers, to be written now and skipped later.
    pub(crate) fn beyond(&mut self, skipped: usize, len: usize) -> &mut [T] {
        &mut self.data[skipped..][..len]
    }

    /// Computes the gradient `left^T right` of the next variable, or leaves its factors. A large one is known to be sound by its
    /// operands, or looked through while its parts are in the caches of those who made them.
    pub(crate) fn next_product(
        &mut self,
        threads: &Threads,
        variable: &Variable<T>,
        left: Matrix<T>,
        right: Matrix<T>,
    ) {
        let (write, len) = (self.write, variable.data().len());
        let mut is_noted = false;
        if let Some((factors, start)) = self.factors_for(variable) {
            if factors.take_product(threads, start, write == Write::Add, left, right) {
                self.skip(len);
                return;
            }
            is_noted = len >= LOOKED;
        }
        let operands_are_few = write == Write::Overwrite && FEW * (left.data.len() + right.data.len()) <= len;
        let is_bounded =
            is_noted && operands_are_few && factors::is_sound::<T>(bound(threads, left.transposed(), right));
        let is_sound = AtomicBool::new(true);
        let look = |part: &mut [T]| {
            if T::first_beyond(part, largest_of_many()).is_some() {
                is_sound.store(false, Ordering::Relaxed);
            }
        };
        let activate: Option<&dyn Activate<T>> = if is_noted && !is_bounded { Some(&look) } else { None };
        gemm(threads, left.transposed(), right, self.skip(len), right.cols, write, &Epilogue { bias: None, activate });
        if is_noted && let Some((factors, end)) = &mut self.factors {
            factors.note(*end - len..*end, is_sound.into_inner());
        }
    }

    /// Where the gradient of the next variable is to be written, which is `rows` in the rows `ids` and 0 in others; `None` if
    /// these were taken in its place.
    pub(crate) fn next_or_rows(
        &mut self,
        threads: &Threads,
        variable: &Variable<T>,
        ids: &[u32],
        rows: Matrix<T>,
    ) -> Option<&'a mut [T]> {
        let (again, len) = (self.write == Write::Add, variable.data().len());
        let taken = self
            .factors_for(variable)
            .is_some_and(|(factors, start)| factors.take_rows(threads, start..start + len, again, ids, rows));
        if taken {
            self.skip(len);
            return None;
        }
        Some(self.next(len))
    }

    /// A regularizer adds to a gradient that has been written.
    fn factors_for(&mut self, variable: &Variable<T>) -> Option<(&mut Factors<T>, usize)> {
        let (factors, start) = self.factors.as_mut()?;
        variable.regularizer().is_none().then_some((&mut **factors, *start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_number_is_the_last_with_a_finite_square() {
        let (single, double) = (largest::<f32>(), largest::<f64>());
        assert!((single * single).is_finite() && (single.next_up() * single.next_up()).is_infinite());
        assert!((double * double).is_finite() && (double.next_up() * double.next_up()).is_infinite());
    }
}
