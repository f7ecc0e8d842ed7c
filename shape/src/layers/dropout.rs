use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Noise, Outs, Rule, Storage};

layer! {
    /// In training sets a share of the values to 0 and divides the others by `1 - rate`; at inference `y = x`.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Errors: ids, a rate outside of 0..1, a noise_shape of
    /// other lengths than 1 and those of the input. From: Srivastava, Hinton,
    /// Krizhevsky, Sutskever, Salakhutdinov, "Dropout", 2014.
    Dropout {
        /// The share that is dropped, in 0..1.
        rate: f64,
        /// The lengths of what is drawn, the batch first: `(None, 1, None)` drops a feature at all steps or at none.
        noise_shape: Option<Noise> = None,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl Dropout {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("Dropout", x));
        ok!(check::share("Dropout", "rate", self.rate));
        if let Some(noise) = &self.noise_shape {
            ok!(noise.fits("Dropout", input));
        }
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Nothing at inference.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Keeps which values it dropped by itself.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::InputAtInference).randomized_if(self.rate > 0.0).masking(Masking::Passes)
    }
}
