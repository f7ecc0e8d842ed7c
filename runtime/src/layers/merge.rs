//! What the element-wise merges share.

use super::{each, spread};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass};
use crate::view::{View, ViewMut};

/// `y = x[0]`, then `f(y, x)` for each further input.
pub(super) fn forward<T: Real>(
    pass: &Pass<'_>,
    x: &[View<'_, T>],
    y: &mut ViewMut<'_, T>,
    f: impl Fn(&mut T, T) + Sync,
) {
    let shape = *y.shape();
    if x.iter().all(|x| x.shape().size() == shape.size()) {
        // Parts of all inputs in turn, so that the output is in cache.
        return each::split(pass.threads, y.data, |first, y| {
            for (index, y) in y.chunks_mut(each::PART).enumerate() {
                let (first, len) = (first + index * each::PART, y.len());
                let mut x = x.iter().map(|x| &x.data()[first..][..len]);
                match (x.next(), x.next()) {
                    (Some(a), Some(b)) => y.iter_mut().zip(a.iter().zip(b)).for_each(|(y, (&a, &b))| {
                        *y = a;
                        f(y, b);
                    }),
                    (Some(a), None) => y.copy_from_slice(a),
                    _ => {}
                }
                x.for_each(|x| y.iter_mut().zip(x).for_each(|(y, x)| f(y, *x)));
            }
        });
    }
    spread::fold(pass.threads, y.data, &shape, &x[0], |_, y, x| *y = x);
    for x in &x[1..] {
        spread::fold(pass.threads, y.data, &shape, x, |_, y, x| f(y, x));
    }
}

/// Passes `scales[i]` (the last one from there on) times the gradient to input `i`.
pub(super) fn share<T: Real>(pass: &Pass<'_>, step: Backward<'_, '_, T>, scales: &[T]) {
    let dy = &step.dy[0];
    for (i, (x, dx)) in step.x.iter().zip(step.dx).enumerate() {
        if let Some(target) = dx.target() {
            let scale = scales[i.min(scales.len() - 1)];
            spread::gather(pass.threads, target, x.shape(), dy.data(), dy.shape(), scale);
        }
    }
}

/// Passes to each input the gradient that `partial` makes in place, in `room`, from that of the output: it is given the
/// number of the input and all inputs.
pub(super) fn differentiate<T: Real>(
    pass: &Pass<'_>,
    step: Backward<'_, '_, T>,
    room: &mut Buffer<T>,
    partial: impl Fn(usize, &[View<'_, T>], &mut ViewMut<'_, T>),
) {
    let dy = &step.dy[0];
    for (i, dx) in step.dx.iter_mut().enumerate() {
        if let Some(target) = dx.target() {
            let d = room.take(dy.data().len());
            each::copy(pass.threads, d, dy.data());
            partial(i, step.x, &mut ViewMut::new(d, dy.batch(), *dy.shape()));
            spread::gather(pass.threads, target, step.x[i].shape(), d, dy.shape(), T::one());
        }
    }
}

/// `d` times the inputs other than input `i`.
pub(super) fn times_others<T: Real>(pass: &Pass<'_>, i: usize, x: &[View<'_, T>], d: &mut ViewMut<'_, T>) {
    let shape = *d.shape();
    for (_, x) in x.iter().enumerate().filter(|(k, _)| *k != i) {
        spread::fold(pass.threads, d.data, &shape, x, |_, d, x| *d *= x);
    }
}
