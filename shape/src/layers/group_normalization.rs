use super::check;
use crate::layer::{layer, ok};
use crate::{Facts, In, Initializer, Masking, Msg, Outs, Rule, Weights, is_dynamic};

layer! {
    /// Brings each group of channels of a sample to mean 0 and variance 1, over all its places:
    /// `y = gamma (x - mean) / √(variance + epsilon) + beta`.
    ///
    /// Input: `[.., channels]`, the channels fixed. Output: the same shape. Weights, one number a channel: gamma (ones)
    /// with `scale`, beta (zeros) with `center`. Training and inference do the same. Errors: groups that do not divide the
    /// channels, an epsilon of 0. From: Wu, He, "Group Normalization", 2018.
    GroupNormalization {
        /// The number of groups; -1 gives every channel its own.
        groups: isize = 32,
        /// The axis of the channels, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize = -1,
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

impl GroupNormalization {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("GroupNormalization", x));
        ok!(check::above_zero("GroupNormalization", "epsilon", self.epsilon));
        let axis = ok!(check::axis("GroupNormalization", self.axis, input));
        let channels = input.shape.dim(axis);
        if is_dynamic(channels) {
            return Err(Msg::new("GroupNormalization has weights for each of its channels, so their number must be fixed, but ")
                .input(input)
                .hint("give the axis of the channels a number"));
        }
        if self.groups != -1 && (self.groups < 1 || !channels.is_multiple_of(self.groups as usize)) {
            return Err(Msg::new("GroupNormalization has ")
                .signed(self.groups)
                .text(" groups, which do not divide the ")
                .number(channels)
                .text(" channels: ")
                .input(input)
                .hint("choose groups that divide the channels, or -1 for a group a channel"));
        }
        Ok(Outs::one(input.shape))
    }

    /// gamma, beta, each `[channels]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let channels = match check::axis("GroupNormalization", self.axis, &x[0]) {
            Ok(axis) => [x[0].shape.dim(axis)],
            Err(_) => [0],
        };
        Weights::NONE
            .with_if(self.scale, "gamma", &channels, self.gamma_initializer)
            .with_if(self.center, "beta", &channels, self.beta_initializer)
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
