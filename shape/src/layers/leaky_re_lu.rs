use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule};

layer! {
    /// The leaky rectifier: `y = x` where `x > 0`, else `negative_slope x`.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same.
    /// Errors: a negative `negative_slope`. From: Maas, Hannun, Ng, "Rectifier Nonlinearities Improve Neural Network
    /// Acoustic Models", 2013.
    LeakyReLU {
        /// The slope below 0. (The activation `leaky_relu` has 0.2.)
        negative_slope: f64 = 0.3,
    }
}

impl LeakyReLU {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("LeakyReLU", x));
        ok!(check::not_negative("LeakyReLU", "negative_slope", self.negative_slope));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// One operation an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads its input.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.masking(Masking::Passes)
    }
}
