use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule};

layer! {
    /// A change of scale: `y = scale x + offset`, such as `Rescaling(1.0 / 255.0)` for bytes.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same.
    /// Errors: ids.
    Rescaling {
        /// The factor.
        scale: f64,
        /// What is added.
        offset: f64 = 0.0,
    }
}

impl Rescaling {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("Rescaling", x));
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
