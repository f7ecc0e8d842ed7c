use super::check;
use super::sides::times;
use crate::layer::{copies, layer, ok};
use crate::{In, Outs, Rule};

layer! {
    /// Each place of an axis several times, one after the other: `repeat(x, 2, axis = 1)`, `y[i] = x[⌊i / repeats⌋]`.
    ///
    /// Input: any shape. Output: the axis is `repeats` times as long. Weights: none. Training and inference do the same.
    /// Errors: an axis that the input does not have, 0 repeats.
    Repeat {
        /// How often each place is there.
        repeats: usize,
        /// The axis, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize,
    }
}

impl Repeat {
    /// Any shape, one axis longer.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("repeat", x));
        ok!(check::positive("repeat", "repeats", self.repeats));
        let axis = ok!(check::axis("repeat", self.axis, input));
        Ok(Outs::one(input.shape.with(axis, times(input.shape.dim(axis), self.repeats))))
    }

    copies!();
}
