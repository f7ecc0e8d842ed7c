use super::check;
use crate::layer::{layer, ok, same_numbers};
use crate::{In, Outs, Rule};

layer! {
    /// One more axis of length 1: `expand_dims(x, axis = 1)`.
    ///
    /// Input: any shape. Output: the same with an axis of length 1 at `axis`. Weights: none. Training and inference do the same. Errors: an axis beyond the
    /// end, more axes than there can be.
    ExpandDims {
        /// Its place in the output, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize,
    }
}

impl ExpandDims {
    /// Any shape, with one more axis.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::any_one("expand_dims", x));
        Ok(Outs::one(ok!(check::with_axis("expand_dims", self.axis, 1, input))).of(input.kind))
    }

    same_numbers!();
}
