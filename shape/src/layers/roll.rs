use super::check;
use crate::layer::{copies, layer};
use crate::{In, Rule};

layer! {
    /// The values along an axis moved on by some places, the last ones to the front: `roll(x, 1, axis = 1)`,
    /// `y[i] = x[(i - shift) mod n]`.
    ///
    /// Input: any shape, kept. Weights: none. Training and inference do the same. Errors: an axis that the input does not
    /// have.
    Roll {
        /// By how many places; back where it is negative.
        shift: isize,
        /// The axis, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize,
    }
}

impl Roll {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        check::along("roll", self.axis, x)
    }

    copies!();
}
