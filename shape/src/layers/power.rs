use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Msg, Outs, Rule};

layer! {
    /// Every value to the power of a number: `y = x^exponent`, `power(x, 3.0)`.
    ///
    /// Input: any shape, kept. Weights: none. Training and inference do the same. Where a power has no value (the root of a
    /// negative number) the result is NaN, as in Rust. Errors: ids, an exponent that is no number.
    Power {
        /// The number.
        exponent: f64,
    }
}

impl Power {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("power", x));
        if !self.exponent.is_finite() {
            return Err(Msg::new("the exponent of power is not finite").hint("power(x, 3.0) is x * x * x"));
        }
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// One pass.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Slopes follow from the input.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.masking(Masking::Passes)
    }
}
