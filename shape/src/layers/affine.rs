use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule};

layer! {
    /// A tensor and a number: `y = scale x + offset`. The operators `x * 2.0`, `x + 1.0`, `-x` become this.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same. Errors: ids, a number
    /// that is not finite.
    Affine {
        /// The factor.
        scale: f64 = 1.0,
        /// What is added.
        offset: f64 = 0.0,
    }
}

impl Affine {
    /// Any shape, kept. The numbers must be finite: a constant may be zero where it divides.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("this operator", x));
        if !self.scale.is_finite() || !self.offset.is_finite() {
            return Err(check::not_finite());
        }
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Two operations an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        2 * check::pass(&x[0].shape)
    }

    /// Reads nothing: the gradient is scaled.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).masking(Masking::Passes)
    }
}
