use super::check;
use crate::layer::{copies, layer, ok};
use crate::{In, Outs, Rule};

layer! {
    /// Two axes exchanged: `swapaxes(x, 1, 2)`, `y[j, i] = x[i, j]`.
    ///
    /// Input: any shape. Output: the same with the two lengths exchanged. Weights: none. Training and inference do the same.
    /// Errors: an axis that the input does not have.
    SwapAxes {
        /// One axis, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis1: isize,
        /// The other one.
        axis2: isize,
    }
}

impl SwapAxes {
    /// Any shape, two axes exchanged.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("swapaxes", x));
        let a = ok!(check::axis("swapaxes", self.axis1, input));
        let b = ok!(check::axis("swapaxes", self.axis2, input));
        Ok(Outs::one(input.shape.with(a, input.shape.dim(b)).with(b, input.shape.dim(a))))
    }

    copies!();
}
