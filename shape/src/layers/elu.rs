use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule};

layer! {
    /// The exponential linear unit: `y = x` where `x > 0`, else `alpha (eˣ - 1)`.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same.
    /// Errors: a negative `alpha`. From: Clevert, Unterthiner, Hochreiter, "Fast and Accurate Deep Network Learning by
    /// Exponential Linear Units", 2015.
    ELU {
        /// How far below 0 the output goes.
        alpha: f64 = 1.0,
    }
}

impl ELU {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("ELU", x));
        ok!(check::not_negative("ELU", "alpha", self.alpha));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Two operations an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        2 * check::pass(&x[0].shape)
    }

    /// Reads its output.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, true).masking(Masking::Passes)
    }
}
