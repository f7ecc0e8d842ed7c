use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule, Storage};

layer! {
    /// In training adds a random number to every value: `y = x + stddev n`, `n` standard normal; at inference `y = x`.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Errors: a negative `stddev`.
    GaussianNoise {
        /// The standard deviation of the noise.
        stddev: f64,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl GaussianNoise {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("GaussianNoise", x));
        ok!(check::not_negative("GaussianNoise", "stddev", self.stddev));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Nothing at inference.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// The gradient passes unchanged.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::InputAtInference).randomized_if(self.stddev > 0.0).masking(Masking::Passes)
    }
}
