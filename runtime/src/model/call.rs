//! Calls of built-in layers, one function each: generated code says where tensors live, and is cheap to compile.

use formwork_shape::Shape;

use super::workspace::Slot;
use crate::Real;
use crate::kernel::{After, Backward, Compiled, Pass, Work};
use crate::kernels::Write;
use crate::view::{Grad, View};
use crate::weights::{WeightGrads, Weights};

/// What all calls of a pass share.
#[derive(Clone, Copy)]
pub struct Call<'p, 'x, T> {
    /// The pass.
    pub pass: &'p Pass<'p>,
    /// The shape of every edge.
    pub edges: &'p [Shape],
    /// The inputs of the model.
    pub x: &'p [View<'x, T>],
}

/// An edge to read, and where it lives.
pub enum Read<'a, T> {
    /// In an input of the model.
    Input(usize, usize),
    /// In an input of the model, and it is a mask.
    InputMask(usize, usize),
    /// In a slot.
    Slot(&'a Slot<T>, usize),
    /// In a slot, and it is a mask.
    Mask(&'a Slot<T>, usize),
    /// Nowhere: its reader does not read it.
    Unread(usize),
}

/// Where the gradient of an edge goes; the slot and the edge.
pub enum Into<'a, T> {
    /// Nobody reads it.
    Unread,
    /// Its first writer overwrites.
    First(&'a mut Slot<T>, usize),
    /// A later one adds.
    More(&'a mut Slot<T>, usize),
    /// As `First`, where the gradients of the model's inputs are wanted.
    FirstForInputs(&'a mut Slot<T>, usize),
    /// As `More`, where the gradients of the model's inputs are wanted.
    MoreForInputs(&'a mut Slot<T>, usize),
}

impl<'a, T: Real> Read<'a, T> {
    /// The tensor.
    pub fn view<'p: 'a, 'x: 'a>(self, call: &Call<'p, 'x, T>) -> View<'a, T> {
        let (n, edges) = (call.pass.batch, call.edges);
        match self {
            Read::Input(input, edge) => call.x[input].reshaped(edges[edge]),
            Read::InputMask(input, edge) => call.x[input].reshaped(edges[edge]).as_mask(),
            Read::Slot(slot, edge) => slot.get(n, &edges[edge]),
            Read::Mask(slot, edge) => slot.get(n, &edges[edge]).as_mask(),
            Read::Unread(edge) => View::unread(n, edges[edge]),
        }
    }
}

impl<'a, T: Real> Into<'a, T> {
    /// The gradient to write.
    pub fn gradient(self, call: &Call<'_, '_, T>) -> Grad<'a, T> {
        let (pass, edges) = (call.pass, call.edges);
        match self {
            Into::FirstForInputs(..) | Into::MoreForInputs(..) if !pass.input_gradients => Grad::unread(),
            Into::First(slot, edge) | Into::FirstForInputs(slot, edge) => slot.first(pass.batch, &edges[edge]),
            Into::More(slot, edge) | Into::MoreForInputs(slot, edge) => slot.more(pass.batch, &edges[edge]),
            Into::Unread => Grad::unread(),
        }
    }
}

/// A layer at inference.
pub fn infer<'a, T: Real, L: Compiled, const I: usize, const O: usize>(
    call: &Call<'a, 'a, T>,
    layer: &L,
    weights: Option<&Weights<T>>,
    x: [Read<'a, T>; I],
    y: [(&mut Slot<T>, usize); O],
    work: &mut Work,
) {
    let none = Weights::none();
    let x = x.map(|x| x.view(call));
    let mut y = y.map(|(slot, edge)| slot.put(call.pass.batch, &call.edges[edge]));
    T::kernel(layer).infer(call.pass, weights.unwrap_or(&none), &x, &mut y, work);
}

/// A layer in training.
pub fn train<'a, T: Real, L: Compiled, const I: usize, const O: usize>(
    call: &Call<'a, 'a, T>,
    layer: &L,
    weights: Option<&mut Weights<T>>,
    x: [Read<'a, T>; I],
    y: [(&mut Slot<T>, usize); O],
    work: &mut Work,
) {
    let mut none = Weights::none();
    let x = x.map(|x| x.view(call));
    let mut y = y.map(|(slot, edge)| slot.put(call.pass.batch, &call.edges[edge]));
    T::kernel(layer).train(call.pass, weights.unwrap_or(&mut none), &x, &mut y, work);
}

/// A layer on the way back: its inputs, its outputs and their gradients, where those of the inputs and weights go.
#[expect(
    clippy::too_many_arguments,
    reason = "a struct would be one more thing for the compiler to check at each call"
)]
pub fn backward<'a, T: Real, L: Compiled, const I: usize, const O: usize>(
    call: &Call<'a, 'a, T>,
    layer: &L,
    weights: Option<&Weights<T>>,
    x: [Read<'a, T>; I],
    y: [Read<'a, T>; O],
    dy: [Read<'a, T>; O],
    dx: [Into<'a, T>; I],
    dw: &mut [T],
    write: Write,
    work: &mut Work,
) {
    let none = Weights::none();
    let (x, y) = (x.map(|x| x.view(call)), y.map(|y| y.view(call)));
    let (dy, mut dx) = (dy.map(|dy| dy.view(call)), dx.map(|dx| dx.gradient(call)));
    let dw = WeightGrads::new(dw, write);
    let step = Backward { x: &x, y: &y, dy: &dy, dx: &mut dx, dw };
    T::kernel(layer).backward(call.pass, weights.unwrap_or(&none), step, work);
}

/// A convolution and what comes after it, at inference; the output is that of the last of them.
pub fn infer_with<'a, T: Real, L: Compiled>(
    call: &Call<'a, 'a, T>,
    layer: &L,
    weights: &Weights<T>,
    after: &After<'_, T>,
    x: Read<'a, T>,
    (slot, edge): (&mut Slot<T>, usize),
    work: &mut Work,
) {
    let mut y = slot.put(call.pass.batch, &call.edges[edge]);
    T::kernel(layer).infer_with(call.pass, weights, after, &x.view(call), &mut y, work);
}

/// The same in training.
pub fn train_with<'a, T: Real, L: Compiled>(
    call: &Call<'a, 'a, T>,
    layer: &L,
    weights: &Weights<T>,
    after: &After<'_, T>,
    x: Read<'a, T>,
    (slot, edge): (&mut Slot<T>, usize),
    work: &mut Work,
) {
    let mut y = slot.put(call.pass.batch, &call.edges[edge]);
    T::kernel(layer).train_with(call.pass, weights, after, &x.view(call), &mut y, work);
}

/// The same on the way back.
#[expect(clippy::too_many_arguments, reason = "as for `backward`")]
pub fn backward_with<'a, T: Real, L: Compiled>(
    call: &Call<'a, 'a, T>,
    layer: &L,
    weights: &Weights<T>,
    after: &After<'_, T>,
    x: Read<'a, T>,
    y: Read<'a, T>,
    dy: Read<'a, T>,
    dx: Into<'a, T>,
    dw: &mut [T],
    write: Write,
    work: &mut Work,
) {
    let (x, y, dy, mut dx) = ([x.view(call)], [y.view(call)], [dy.view(call)], [dx.gradient(call)]);
    let step = Backward { x: &x, y: &y, dy: &dy, dx: &mut dx, dw: WeightGrads::new(dw, write) };
    T::kernel(layer).backward_with(call.pass, weights, after, step, work);
}

/// The gradients of a layer's weights, cut off the front of those of the model.
pub fn cut<'a, T: Real>(gradients: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    let (first, rest) = std::mem::take(gradients).split_at_mut(len);
    *gradients = rest;
    first
}
