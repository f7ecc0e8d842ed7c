use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking as Mask, Outs, Rule};

layer! {
    /// Masks the steps whose features all are `mask_value`, and sets them to 0: `y = x mask`, `mask = any(x ≠ mask_value)`.
    ///
    /// Input: `[steps, features]` or more axes; any may be dynamic. Output: the same shape. Weights: none. Training and
    /// inference do the same. Errors: an input of one axis, ids.
    Masking {
        /// The value that marks padding.
        mask_value: f64 = 0.0,
    }
}

impl Masking {
    /// Any shape of at least two axes, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("Masking", x));
        ok!(check::steps("Masking", input));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// One comparison each.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads its input: it shows which steps are masked.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.masking(Mask::MakesOfSteps)
    }
}
