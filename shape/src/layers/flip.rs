use super::check;
use crate::layer::{copies, layer, ok};
use crate::{Dims, In, MAX_RANK, Msg, Outs, Rule};

layer! {
    /// The values along one or several axes in turned order: `flip(x, axis = 1)`, `y[i] = x[n - 1 - i]`.
    ///
    /// Input: any shape, kept. Weights: none. Training and inference do the same. Errors: an axis that the input does not
    /// have, an axis twice.
    Flip {
        /// The axes, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: Dims,
    }
}

impl Flip {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("flip", x));
        ok!(self.flipped(input));
        Ok(Outs::one(input.shape))
    }

    copies!();

    /// Which axes of `input` are turned.
    pub const fn flipped(&self, input: &In) -> Result<[bool; MAX_RANK], Msg> {
        check::axes("flip", &self.axis, input)
    }
}
