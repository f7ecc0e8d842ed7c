//! Where tensors of several shapes meet, axis by axis.

use super::{numbers, pass};
use crate::layer::ok;
use crate::{In, MAX_RANK, Msg, Outs, Rule, Shape, is_dynamic};

/// Two or more inputs of numbers.
pub(in crate::layers) const fn several(layer: &str, x: &[In]) -> Result<(), Msg> {
    if x.len() < 2 {
        return Err(Msg::new(layer)
            .text(" takes 2 or more inputs, but ")
            .number(x.len())
            .text(if x.len() == 1 { " was given" } else { " were given" })
            .text("\nhint: write the tensors one after the other: ")
            .text(layer)
            .text("(..)(a, b)"));
    }
    let mut i = 0;
    while i < x.len() {
        ok!(numbers(layer, &x[i]));
        i += 1;
    }
    Ok(())
}

/// The rule of Keras' element-wise merges: equal rank, each axis equal or 1.
pub(in crate::layers) const fn merged(layer: &str, x: &[In]) -> Rule {
    ok!(several(layer, x));
    let mut shape = x[0].shape;
    let mut i = 1;
    while i < x.len() {
        let other = x[i].shape;
        if shape.rank() != other.rank() {
            return Err(Msg::new(layer)
                .text(" needs inputs with the same number of axes, but ")
                .input(&x[0])
                .text(" and ")
                .input(&x[i])
                .hint("bring them to one shape with Flatten(), Reshape(..) or a global pooling layer"));
        }
        let mut k = 0;
        while k < shape.rank() {
            match broadcast(shape.dim(k), other.dim(k)) {
                Some(dim) => shape = shape.with(k, dim),
                None => return Err(unequal(layer, &x[0], &x[i], k)),
            }
            k += 1;
        }
        i += 1;
    }
    Ok(Outs::one(shape))
}

/// The length of an axis where `a` meets `b`; `None` if neither is 1 and they differ.
pub(in crate::layers) const fn broadcast(a: usize, b: usize) -> Option<usize> {
    if a == b || b == 1 {
        Some(a)
    } else if a == 1 {
        Some(b)
    } else if !Shape::dims_agree(a, b) {
        None
    } else if is_dynamic(a) && is_dynamic(b) {
        // Either may turn out to be 1.
        Some(crate::DYN)
    } else if is_dynamic(b) {
        Some(a)
    } else {
        Some(b)
    }
}

/// What two axes of different names take.
pub(in crate::layers) const ONE_NAME: &str =
    "axes that are always equally long have one name: a: Input<time, 8>, b: Input<time, 8>";

const fn unequal(layer: &str, a: &In, b: &In, axis: usize) -> Msg {
    let m = Msg::new(layer)
        .text(" needs inputs of equal shape, but ")
        .input(a)
        .text(" and ")
        .input(b)
        .text(": ")
        .length(a, axis)
        .text(" meets ")
        .length(b, axis);
    let last = axis + 1 == a.shape.rank();
    m.text("\nhint: ").text(match (a.shape.rank(), last) {
        _ if is_dynamic(a.shape.dim(axis)) => ONE_NAME,
        (1, _) => "bring both to the same width, for example with Dense(..)",
        (3, true) => "project one of them to the same channels with Conv2D(.., 1)",
        (2, true) => "bring both to the same features, for example with TimeDistributed(Dense(..))",
        (3, false) => "give both branches the same strides and padding = same",
        _ => "bring both to the same shape first",
    })
}

/// Floating-point operations of an element-wise merge of inputs that [`merged`] accepts.
pub(in crate::layers) const fn merge_flops(x: &[In]) -> usize {
    match merged("", x) {
        Ok(outs) => (x.len() - 1) * pass(&outs.get(0).shape),
        Err(_) => 0,
    }
}

/// The shape in which two shapes meet from the last axis: lengths are equal or 1, missing leading axes count as 1. Where
/// they do not, the axis, counted from 1 at the end.
pub(in crate::layers) const fn spread(a: &Shape, b: &Shape) -> Result<Shape, usize> {
    let rank = if a.rank() > b.rank() { a.rank() } else { b.rank() };
    let mut dims = [1; MAX_RANK];
    let mut k = 1;
    while k <= rank {
        let left = if k <= a.rank() { a.dim(a.rank() - k) } else { 1 };
        let right = if k <= b.rank() { b.dim(b.rank() - k) } else { 1 };
        match broadcast(left, right) {
            Some(dim) => dims[rank - k] = dim,
            None => return Err(k),
        }
        k += 1;
    }
    Ok(Shape::new(dims.split_at(rank).0))
}

/// What is wrong with two shapes that do not meet on their axis `k` from the end.
pub(in crate::layers) const fn no_spread(layer: &str, first: &In, second: &In, k: usize) -> Msg {
    Msg::new(layer)
        .text(" needs shapes that are equal or 1 on every axis, counted from the last, but ")
        .input(first)
        .text(" and ")
        .input(second)
        .text(": ")
        .length(first, first.shape.rank() - k)
        .text(" meets ")
        .length(second, second.shape.rank() - k)
}

/// The shape in which two tensors meet, or what is wrong with them.
pub(in crate::layers) const fn meet(layer: &str, first: &In, second: &In) -> Result<Shape, Msg> {
    match spread(&first.shape, &second.shape) {
        Ok(shape) => Ok(shape),
        Err(k) => Err(no_spread(layer, first, second, k)
            .hint("bring both to the same shape first, for example with Dense(..) or Reshape(..)")),
    }
}
