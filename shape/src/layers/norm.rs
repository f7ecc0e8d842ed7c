//! What the normalisations over the last axes of a sample share.

use crate::layer::ok;
use crate::{Dims, In, Msg, Shape, is_dynamic};

use super::check;

/// Are `axes` the last ones of the input, in order and of fixed lengths?
pub(super) const fn last_axes(layer: &str, axes: &Dims, input: &In) -> Result<(), Msg> {
    let axes = axes.as_slice();
    let rank = input.shape.rank();
    if axes.is_empty() {
        return Err(Msg::new(layer)
            .text(" needs at least one axis, but axis is empty")
            .hint("leave axis out for the last axis"));
    }
    let mut k = 0;
    while k < axes.len() {
        let axis = ok!(check::axis(layer, axes[k], input));
        if axis + axes.len() != rank + k {
            return Err(Msg::new(layer)
                .text(" normalizes the last axes, but axis = ")
                .signed(axes[k])
                .text(" is not among the last ")
                .number(axes.len())
                .text(" of ")
                .of_shape(input)
                .hint("write the axes in order, as in axis = (-2, -1), and move others to the end with Permute(..)"));
        }
        if is_dynamic(input.shape.dim(axis)) {
            return Err(Msg::new(layer)
                .text(" has weights for each place of axis ")
                .signed(axes[k])
                .text(", so its length must be fixed, but ")
                .input(input)
                .hint("normalize a fixed axis, such as the features with axis = -1"));
        }
        k += 1;
    }
    Ok(())
}

/// The lengths of these axes.
pub(super) const fn last_dims<'a>(axes: &Dims, shape: &'a Shape) -> &'a [usize] {
    shape.dims().split_at(shape.rank() - axes.as_slice().len()).1
}
