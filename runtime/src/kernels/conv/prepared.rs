//! Weights in the form that an algorithm wants, kept between calls.

use crate::buffer::Buffer;
use crate::kernels::gemm::{KeptRight, Matrix, Right, Way};
use crate::kernels::scratch;
use crate::{Real, Threads};

use super::winograd::Winograd;

/// The weights of a convolution.
pub struct Taps<'a, T> {
    /// `(kernel, channels / groups, filters)`.
    pub values: &'a [T],
    /// What tells these values from all others that there ever were, and room to keep them in another form.
    pub kept: Option<(u64, &'a mut Prepared<T>)>,
}

/// Weights in another form.
#[derive(Debug)]
pub struct Prepared<T> {
    /// Of which values, and for which convolution.
    key: Option<(u64, [usize; 5])>,
    data: Buffer<T>,
    right: KeptRight<T>,
}

impl<T> Default for Prepared<T> {
    fn default() -> Self {
        Prepared { key: None, data: Buffer::default(), right: KeptRight::default() }
    }
}

impl<'a, T: Real> Taps<'a, T> {
    /// Weights that are brought into another form at each call.
    pub fn passing(values: &'a [T]) -> Self {
        Taps { values, kept: None }
    }

    /// The weights as the right operand of products of `rows` rows, whose numbers come to tiles in such a way: `matrix` is how they
    /// lie.
    pub(super) fn right(self, threads: &Threads, matrix: Matrix<'a, T>, rows: usize, left: Way) -> Right<'a, T> {
        match self.kept {
            Some((stamp, kept)) => kept.right.right(threads, stamp, matrix, rows, [left, Way::Straight]),
            None => matrix.into(),
        }
    }

    /// Passes the weights as Winograd's algorithm takes them, `turned` for the gradient of the input.
    pub(super) fn transformed<R>(
        self,
        threads: &Threads,
        winograd: &Winograd,
        turned: bool,
        work: impl FnOnce(&[T]) -> R,
    ) -> R {
        let make = |to: &mut [T]| match turned {
            true => winograd.turned_weights(threads, self.values, to),
            false => winograd.weights(threads, self.values, to),
        };
        let len = winograd.weights_len();
        let Some((stamp, kept)) = self.kept else {
            return scratch::elements(len, |to: &mut [T]| {
                make(to);
                work(to)
            });
        };
        let key = Some((stamp, winograd.key()));
        if kept.key != key {
            kept.key = None;
            make(kept.data.take(len));
            kept.key = key;
        }
        work(kept.data.get(len))
    }
}
