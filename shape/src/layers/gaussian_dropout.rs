use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule, Storage};

layer! {
    /// In training multiplies every value by a random number of mean 1: `y = x (1 + √(rate / (1 - rate)) n)`, `n` standard
    /// normal; at inference `y = x`.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Errors: a rate outside of 0..1. From: Srivastava, Hinton,
    /// Krizhevsky, Sutskever, Salakhutdinov, "Dropout", 2014.
    GaussianDropout {
        /// The share that a Dropout of the same strength would drop, in 0..1.
        rate: f64,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl GaussianDropout {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("GaussianDropout", x));
        ok!(check::share("GaussianDropout", "rate", self.rate));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Nothing at inference.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Keeps its random numbers by itself.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::InputAtInference).randomized_if(self.rate > 0.0).masking(Masking::Passes)
    }
}
