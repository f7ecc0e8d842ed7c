//! What Maximum and Minimum share.

use formwork_shape::Shape;

use super::{merge, spread};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass, Work};
use crate::view::{View, ViewMut};

/// Which input made each output in the last training step, and room for one gradient of the output's size.
#[derive(Default)]
struct Winners<T> {
    inputs: Vec<u16>,
    room: Buffer<T>,
}

/// The element for which `better(x, y)` holds against all before it; NaN beats everything.
pub(super) fn forward<T: Real>(
    pass: &Pass<'_>,
    x: &[View<'_, T>],
    y: &mut ViewMut<'_, T>,
    better: impl Fn(T, T) -> bool + Sync,
) {
    merge::forward(pass, x, y, |y, x| {
        if better(x, *y) || x.is_nan() {
            *y = x;
        }
    });
}

/// Notes for each output the first input that has its value.
pub(super) fn note<T: Real>(pass: &Pass<'_>, x: &[View<'_, T>], y: &[T], shape: &Shape, work: &mut Work) {
    let winners = &mut work.of::<Winners<T>>().inputs;
    winners.clear();
    winners.resize(y.len(), 0);
    for (i, x) in x.iter().enumerate().rev() {
        spread::fold(pass.threads, winners, shape, x, |k, winner, x| {
            if x == y[k] {
                *winner = i as u16;
            }
        });
    }
}

/// Passes each gradient to the input that won.
pub(super) fn backward<T: Real>(pass: &Pass<'_>, step: Backward<'_, '_, T>, work: &mut Work) {
    let Winners { inputs, room } = work.of::<Winners<T>>();
    merge::differentiate(pass, step, room, |i, _, d| {
        for (d, winner) in d.data.iter_mut().zip(&*inputs) {
            if usize::from(*winner) != i {
                *d = T::zero();
            }
        }
    });
}
