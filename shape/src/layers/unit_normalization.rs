use super::{check, norm};
use crate::layer::{layer, no_weights, ok};
use crate::{Dims, Facts, In, Masking, Outs, Rule};

layer! {
    /// Brings each vector along one axis or several to length 1: `y = x / √(Σ x²)`.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same. Errors: an axis that
    /// the input does not have.
    UnitNormalization {
        /// The axes of a vector, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: Dims = Dims::of(&[-1]),
    }
}

impl UnitNormalization {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("UnitNormalization", x));
        ok!(norm::axes("UnitNormalization", &self.axis, input, false));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// One pass for the lengths, one for the result.
    pub const fn flops(&self, x: &[In]) -> usize {
        3 * check::pass(&x[0].shape)
    }

    /// Reads its input.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.masking(Masking::Passes)
    }
}
