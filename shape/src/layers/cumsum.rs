use super::check;
use crate::layer::{layer, no_weights};
use crate::{Facts, In, Rule};

layer! {
    /// The sums of the values of an axis up to each place: `cumsum(x, axis = 1)`, `y[i] = x[0] + .. + x[i]`.
    ///
    /// Input: any shape, kept. Weights: none. Training and inference do the same. Errors: an axis that the input does not
    /// have.
    Cumsum {
        /// The axis, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize,
    }
}

impl Cumsum {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        check::along("cumsum", self.axis, x)
    }

    no_weights!();

    /// An addition an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads nothing: the gradients are summed from the end.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
