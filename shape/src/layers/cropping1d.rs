use super::sides;
use crate::layer::layer;

layer! {
    /// Cuts places off before and after the steps: `y = x[before..n - after]`.
    ///
    /// Input: `[steps, features]`. Output: each cropped axis shorter by both numbers. Weights: none. Training and inference
    /// do the same. Errors: another number of axes, ids, an axis of which nothing is left.
    Cropping1D {
        /// How many places: an integer or (before, after).
        cropping: [usize; 2] = [1, 1],
    }
}

sides::cropping_rule!(Cropping1D, 1, |layer| &[layer.cropping]);
