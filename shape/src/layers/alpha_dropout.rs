use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule, Storage};

layer! {
    /// In training sets a share of the values to the value that selu tends to, and scales and shifts all so that mean and
    /// variance stay: `y = a x + b` of the kept ones; at inference `y = x`. For networks of selu.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Errors: a rate outside of 0..1. From: Klambauer,
    /// Unterthiner, Mayr, Hochreiter, "Self-Normalizing Neural Networks", 2017.
    AlphaDropout {
        /// The share of the values that is dropped.
        rate: f64,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl AlphaDropout {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("AlphaDropout", x));
        ok!(check::share("AlphaDropout", "rate", self.rate));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Nothing at inference.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Keeps by itself what it dropped.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::InputAtInference).randomized_if(self.rate > 0.0).masking(Masking::Passes)
    }
}
