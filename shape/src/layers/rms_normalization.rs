use super::{check, norm};
use crate::layer::{layer, ok};
use crate::{Dims, Facts, In, Initializer, Outs, Rule, Weights};

layer! {
    /// Brings each sample to a mean square of 1 over its last axis or the given axes: `y = scale x / √(mean(x²) + epsilon)`.
    ///
    /// Input: any shape; the normalised axes have fixed lengths. Output: the same shape. Weights:
    /// scale (ones), of the shape of these axes. Training and inference do the same. Errors: axes out of
    /// order, an epsilon of 0. From: Zhang, Sennrich, "Root Mean Square Layer Normalization", 2019.
    RMSNormalization {
        /// The axes of one mean, counted as in Keras: -1 is the last, (-2, -1) are the last two.
        axis: Dims = Dims::of(&[-1]),
        /// Keeps the quotient finite where all values are 0.
        epsilon: f64 = 1e-6,
    }
}

impl RMSNormalization {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("RMSNormalization", x));
        ok!(check::above_zero("RMSNormalization", "epsilon", self.epsilon));
        ok!(norm::axes("RMSNormalization", &self.axis, input, true));
        Ok(Outs::one(input.shape))
    }

    /// scale, of the shape of the normalised axes.
    pub const fn weights(&self, x: &[In]) -> Weights {
        Weights::NONE.with("scale", norm::dims(&self.axis, &x[0].shape).dims(), Initializer::Ones)
    }

    /// One pass for the mean square, one for the result.
    pub const fn flops(&self, x: &[In]) -> usize {
        4 * check::pass(&x[0].shape)
    }

    /// Reads its input, and keeps the mean squares by itself.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.weighted()
    }
}
