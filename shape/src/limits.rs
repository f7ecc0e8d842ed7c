//! What no memory holds: refused before anything is counted, so that no count overflows.

use crate::{In, Layer, Msg, Outs, Weights};

/// As many numbers as a sample of a tensor, or the weights of a layer, may have: 64 Gi.
const MOST: usize = 1 << 36;

/// What is too large about a use of a layer whose rule took its inputs; empty if nothing is.
pub const fn too_large(layer: &Layer, weights: &Weights, x: &[In], outs: &Outs) -> Msg {
    let mut i = 0;
    while i < outs.len() {
        let shape = outs.get(i).shape;
        if shape.size() > MOST {
            let made = In { name: "", shape, kind: outs.get(i).kind, axes: x[0].axes };
            return Msg::new(layer.name())
                .text(" would make a tensor that is too large for any memory: ")
                .shape_of(&made)
                .hint("make it smaller: fewer units or filters, larger strides, or a pooling layer before it");
        }
        i += 1;
    }
    if weights.parameters() > MOST {
        return Msg::new(layer.name())
            .text(" would have more parameters than any memory holds")
            .hint("make it smaller: fewer units or filters, or a pooling layer before it");
    }
    Msg::EMPTY
}
