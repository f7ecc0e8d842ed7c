//! Layers that are used more than once.

use crate::{In, Kind, Layer, Msg, Weights};

/// What is wrong with a second use of a shared layer: its weights would have other shapes.
pub const fn shared(layer: &str, first: (&Layer, &[In]), second: (&Layer, &[In])) -> Msg {
    if In::any_poison(first.1) || In::any_poison(second.1) {
        return Msg::EMPTY;
    }
    if first.0.outputs(first.1).is_err() || second.0.outputs(second.1).is_err() {
        return Msg::EMPTY;
    }
    let (a, b) = (first.0.weights(first.1), second.0.weights(second.1));
    let Some(weight) = other(&a, &b) else { return Msg::EMPTY };
    let message = differs(layer, first.1, second.1);
    if !message.is_empty() {
        return message;
    }
    let (a, b) = (&a.as_slice()[weight], &b.as_slice()[weight]);
    Msg::new("this ")
        .text(layer)
        .text(" is shared: its `")
        .text(a.name)
        .text("` is ")
        .by(a.shape.dims())
        .text(" by its first use, but would be ")
        .by(b.shape.dims())
        .text(" here")
        .hint("apply it to inputs of the same shapes, or give each use a layer of its own")
}

/// The same for a user-defined layer, whose weights may depend on all of its inputs' shapes.
pub const fn shared_custom(layer: &str, first: &[In], second: &[In]) -> Msg {
    if In::any_poison(first) || In::any_poison(second) {
        return Msg::EMPTY;
    }
    differs(layer, first, second)
}

/// The first weight that has another shape.
const fn other(a: &Weights, b: &Weights) -> Option<usize> {
    let (a, b) = (a.as_slice(), b.as_slice());
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if !a[i].shape.same(&b[i].shape) {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// Names the first input that differs.
const fn differs(layer: &str, first: &[In], second: &[In]) -> Msg {
    let mut i = 0;
    while i < first.len() && i < second.len() {
        let masks = matches!(first[i].kind, Kind::Mask) || matches!(second[i].kind, Kind::Mask);
        if !masks && !first[i].shape.compatible(&second[i].shape) {
            return Msg::new("this ")
                .text(layer)
                .text(" is shared: first it was applied to ")
                .of_shape(&first[i])
                .text(", but here to ")
                .of_shape(&second[i])
                .hint("bring both to the same shape, or give each a layer of its own");
        }
        i += 1;
    }
    Msg::EMPTY
}
