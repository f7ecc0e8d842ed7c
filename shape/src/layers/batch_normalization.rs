use super::check;
use crate::layer::{layer, ok};
use crate::{Facts, In, Initializer, Masking, Msg, Outs, Rule, Weights, is_dynamic};

layer! {
    /// Brings each channel to mean 0 and variance 1: `y = gamma (x - mean) / √(variance + epsilon) + beta`.
    ///
    /// Training takes mean and (biased) variance over the batch and all other axes, and moves `moving_mean` and
    /// `moving_variance` towards them: `moving = momentum moving + (1 - momentum) statistic`. Inference takes the moving
    /// ones. What a mask hides is normalised too, but is no part of the statistics.
    ///
    /// Input: any shape whose `axis` has a fixed length. Output: the same shape. Weights, one number a channel: gamma
    /// (ones) with `scale`, beta (zeros) with `center`, moving_mean (zeros), moving_variance (ones). Errors: an axis that
    /// the input does not have, a momentum outside of 0..=1, an epsilon of 0. From: Ioffe, Szegedy, "Batch
    /// Normalization", 2015.
    BatchNormalization {
        /// The axis of the channels, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize = -1,
        /// How much of the moving statistics a training step keeps.
        momentum: f64 = 0.99,
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
        /// How the moving mean starts.
        moving_mean_initializer: Initializer = Initializer::Zeros,
        /// How the moving variance starts.
        moving_variance_initializer: Initializer = Initializer::Ones,
    }
}

impl BatchNormalization {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let (x, mask) = check::unmasked(x);
        let input = ok!(check::only("BatchNormalization", x));
        let axis = ok!(check::axis("BatchNormalization", self.axis, input));
        ok!(check::above_zero("BatchNormalization", "epsilon", self.epsilon));
        if !(self.momentum >= 0.0 && self.momentum <= 1.0) {
            return Err(Msg::new("BatchNormalization needs `momentum` in 0..=1, but got ")
                .decimal(self.momentum)
                .hint("0.99 keeps 99 % of the moving statistics at each step"));
        }
        if is_dynamic(input.shape.dim(axis)) {
            return Err(Msg::new("BatchNormalization has weights for each place of axis ")
                .signed(self.axis)
                .text(", so its length must be fixed, but ")
                .input(input)
                .hint("normalize a fixed axis, such as the channels with axis = -1"));
        }
        if let Some(mask) = mask
            && !input.shape.starts_with(&mask.shape)
        {
            return Err(Msg::new("BatchNormalization takes a mask of the first axes of its input, but ")
                .input(mask)
                .text(" and ")
                .input(input)
                .hint("give a mask with one value a step, or leave it behind with mask = None"));
        }
        Ok(Outs::one(input.shape))
    }

    /// gamma, beta, moving_mean, moving_variance, each `[channels]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let channels = match check::axis("BatchNormalization", self.axis, &x[0]) {
            Ok(axis) => [x[0].shape.dim(axis)],
            Err(_) => [0],
        };
        Weights::NONE
            .with_if(self.scale, "gamma", &channels, self.gamma_initializer)
            .with_if(self.center, "beta", &channels, self.beta_initializer)
            .with_state("moving_mean", &channels, self.moving_mean_initializer)
            .with_state("moving_variance", &channels, self.moving_variance_initializer)
    }

    /// A multiplication and an addition an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        2 * check::pass(&x[0].shape)
    }

    /// Reads its input, and keeps the statistics of the batch by itself.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.weighted().masking(Masking::ReadsAndPasses)
    }
}
