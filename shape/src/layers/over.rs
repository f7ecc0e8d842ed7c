use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule};

layer! {
    /// A number over a tensor: `y = number / x`. The operator `1.0 / x` becomes this.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same. Errors: ids.
    Over {
        /// The numerator.
        number: f64,
    }
}

impl Over {
    /// Any shape, kept. The number must be finite.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("this operator", x));
        if !self.number.is_finite() {
            return Err(check::not_finite());
        }
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// One operation an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// The slope, `-number / x²`, follows from the input.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(true, false).masking(Masking::Passes)
    }
}
