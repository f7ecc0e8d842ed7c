//! The activations at the end of other layers, and their way back.

use formwork_shape::Activation;

use super::each;
use crate::buffer::Buffer;
use crate::kernels::{Level, Write, activation, scratch};
use crate::{Real, Threads};

/// What an activation keeps in training: its input where the way back needs it, and room for a gradient.
#[derive(Debug, Default)]
pub(super) struct Kept<T> {
    x: Buffer<T>,
    d: Buffer<T>,
}

impl<T: Real> Kept<T> {
    /// Keeps the input of `activation` if it will be needed.
    pub fn keep(&mut self, activation: Activation, x: &[T]) {
        if activation.reads_input() {
            self.x.take(x.len()).copy_from_slice(x);
        }
    }

    /// What was kept.
    pub fn input(&self, len: usize) -> &[T] {
        self.x.get(len)
    }

    /// The gradient before the activation, from that after it and from its output `y`.
    pub fn back<'a>(
        &'a mut self,
        threads: &Threads,
        activation: Activation,
        y: &[T],
        dy: &'a [T],
        width: usize,
    ) -> &'a [T] {
        if activation == Activation::Linear {
            return dy;
        }
        let known = if activation.reads_input() { self.x.get(dy.len()) } else { y };
        let d = self.d.take(dy.len());
        backward(threads, activation, known, dy, (d, Write::Overwrite), width);
        d
    }
}

/// `data = activation(data)`, in rows of `width`.
pub(super) fn forward<T: Real>(threads: &Threads, activation: Activation, data: &mut [T], width: usize) {
    if activation != Activation::Linear && width > 0 {
        threads.chunks_mut(data, rows(width), &|_, data| {
            activation::forward(threads.level(), activation, data, width);
        });
    }
}

/// The gradient before the activation; `known` is its input where [`Activation::reads_input`], else its output.
pub(super) fn backward<T: Real>(
    threads: &Threads,
    activation: Activation,
    known: &[T],
    dy: &[T],
    (dx, write): (&mut [T], Write),
    width: usize,
) {
    if width == 0 {
        return;
    }
    let chunk = rows(width);
    threads.chunks_mut(dx, chunk, &|task, dx| {
        let (known, dy) = (&known[task * chunk..][..dx.len()], &dy[task * chunk..][..dx.len()]);
        activation::backward(threads.level(), activation, known, dy, dx, write, width);
    });
}

/// Elements of a task: whole rows.
fn rows(width: usize) -> usize {
    each::TASK.div_ceil(width) * width
}

/// Applies an activation while a product is made; nothing where it needs whole rows.
pub(super) fn fused<T: Real>(level: Level, activation: Activation) -> impl Fn(&mut [T]) + Sync {
    move |values| {
        if !of_rows(activation) {
            apply(level, activation, values);
        }
    }
}

/// Applies what [`fused`] could not.
pub(super) fn finish<T: Real>(threads: &Threads, activation: Activation, data: &mut [T], width: usize) {
    if of_rows(activation) {
        forward(threads, activation, data, width);
    }
}

fn of_rows(activation: Activation) -> bool {
    matches!(activation, Activation::Softmax | Activation::LogSoftmax)
}

/// Applies an activation in a routine of a level. Those that recurrent layers mostly have become part of the routine.
#[inline(always)]
pub(super) fn gate<const FMA: bool, T: Real>(level: Level, activation: Activation, values: &mut [T]) {
    match activation {
        Activation::Sigmoid => values.iter_mut().for_each(|x| *x = activation::sigmoid::<FMA, T>(*x)),
        Activation::Tanh => values.iter_mut().for_each(|x| *x = activation::tanh::<FMA, T>(*x)),
        _ => apply(level, activation, values),
    }
}

/// `d = dy slope` in a routine of a level, with the slope of an activation that a recurrent layer can have, from its
/// output `y`.
#[inline(always)]
pub(super) fn gate_back<T: Real>(
    level: Level,
    activation: Activation,
    y: &[T],
    dy: impl Iterator<Item = T>,
    d: &mut [T],
) {
    match activation {
        Activation::Sigmoid => {
            d.iter_mut().zip(y.iter().zip(dy)).for_each(|(d, (y, dy))| *d = dy * *y * (T::one() - *y));
        }
        Activation::Tanh => d.iter_mut().zip(y.iter().zip(dy)).for_each(|(d, (y, dy))| *d = dy * (T::one() - *y * *y)),
        _ => scratch::elements(d.len(), |room: &mut [T]| {
            room.iter_mut().zip(dy).for_each(|(room, dy)| *room = dy);
            activation::backward(level, activation, y, room, d, Write::Overwrite, 1);
        }),
    }
}

/// The products of two slices.
#[inline(always)]
pub(super) fn products<'a, T: Real>(a: &'a [T], b: &'a [T]) -> impl Iterator<Item = T> {
    a.iter().zip(b).map(|(a, b)| *a * *b)
}

/// An activation of single values.
fn apply<T: Real>(level: Level, activation: Activation, values: &mut [T]) {
    activation::forward(level, activation, values, 1);
}
