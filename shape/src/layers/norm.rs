//! What the normalisations over axes of a sample share.

use crate::layer::ok;
use crate::{Dims, In, MAX_RANK, Msg, Shape, is_dynamic};

use super::check;

/// Are `axes` in order, and, where there is a weight for each place of them, of fixed lengths?
pub(super) const fn axes(layer: &str, axes: &Dims, input: &In, weighted: bool) -> Result<(), Msg> {
    let axes = axes.as_slice();
    if axes.is_empty() {
        return Err(Msg::new(layer)
            .text(" needs at least one axis, but axis is empty")
            .hint("leave axis out for the last axis"));
    }
    let mut before = 0;
    let mut k = 0;
    while k < axes.len() {
        let axis = ok!(check::axis(layer, axes[k], input));
        if k > 0 && axis <= before {
            return Err(Msg::new(layer)
                .text(" takes its axes in order, but axis = ")
                .signed(axes[k])
                .text(" does not come after axis = ")
                .signed(axes[k - 1])
                .text(" in ")
                .of_shape(input)
                .hint("write each axis once and in order, as in axis = (-2, -1)"));
        }
        if weighted && is_dynamic(input.shape.dim(axis)) {
            return Err(Msg::new(layer)
                .text(" has weights for each place of axis ")
                .signed(axes[k])
                .text(", so its length must be fixed, but ")
                .input(input)
                .hint("normalize a fixed axis, such as the features with axis = -1"));
        }
        before = axis;
        k += 1;
    }
    Ok(())
}

/// The lengths of these axes, for an input that the rule accepts.
pub(super) const fn dims(axes: &Dims, shape: &Shape) -> Shape {
    let axes = axes.as_slice();
    let mut dims = Shape::new(&[]);
    let mut k = 0;
    while k < axes.len() && k < MAX_RANK {
        let axis = if axes[k] < 0 { shape.rank() as isize + axes[k] } else { axes[k] - 1 };
        dims = dims.push(shape.dim(axis as usize));
        k += 1;
    }
    dims
}
