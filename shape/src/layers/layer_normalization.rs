use super::{check, norm};
use crate::layer::{layer, ok};
use crate::{Dims, Facts, In, Initializer, Masking, Outs, Rule, Weights};

layer! {
    /// Brings each sample to mean 0 and variance 1 over its last axis or the given axes: `y = gamma (x - mean) / √(variance + epsilon) + beta`.
    ///
    /// Input: any shape; the normalised axes have fixed lengths. Output: the same shape. Weights, of
    /// the shape of these axes: gamma (ones) with `scale`, beta (zeros) with `center`. Training and inference do the same.
    /// Errors: axes out of order, an epsilon of 0. From: Ba, Kiros, Hinton, "Layer Normalization", 2016.
    LayerNormalization {
        /// The axes of one mean, counted as in Keras: -1 is the last, (-2, -1) are the last two.
        axis: Dims = Dims::of(&[-1]),
        /// Keeps the quotient finite where the variance is 0.
        epsilon: f64 = 1e-3,
        /// Whether beta is added.
        center: bool = true,
        /// Whether gamma is a factor.
        scale: bool = true,
        /// How beta starts.
        beta_initializer: Initializer = Initializer::Zeros,
        /// How gamma starts.
        gamma_initializer: Initializer = Initializer::Ones,
    }
}

impl LayerNormalization {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("LayerNormalization", x));
        ok!(check::above_zero("LayerNormalization", "epsilon", self.epsilon));
        ok!(norm::axes("LayerNormalization", &self.axis, input, self.scale || self.center));
        Ok(Outs::one(input.shape))
    }

    /// gamma and beta, of the shape of the normalised axes.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let dims = norm::dims(&self.axis, &x[0].shape);
        let dims = dims.dims();
        Weights::NONE
            .with_if(self.scale, "gamma", dims, self.gamma_initializer)
            .with_if(self.center, "beta", dims, self.beta_initializer)
    }

    /// Two passes for the statistics, one for the result.
    pub const fn flops(&self, x: &[In]) -> usize {
        8 * check::pass(&x[0].shape)
    }

    /// Reads its input, and keeps the statistics by itself.
    pub const fn facts(&self) -> Facts {
        Facts { weighted: self.scale || self.center, ..Facts::PLAIN.masking(Masking::Passes) }
    }
}
