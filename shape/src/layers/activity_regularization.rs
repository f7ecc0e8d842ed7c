use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Msg, Outs, Rule};

layer! {
    /// Leaves its input as it is, and adds `(l1 Σ |x| + l2 Σ x²) / batch` to the loss.
    ///
    /// Input: any shape, kept. Weights: none. Training and inference do the same; the penalty is part of the loss of `fit`
    /// and of `evaluate`. The argument `activity_regularizer = L2(..)` of a layer does the same to its output. Errors:
    /// a factor below 0, ids.
    ActivityRegularization {
        /// The factor of the sum of absolute values.
        l1: f64 = 0.0,
        /// The factor of the sum of squares.
        l2: f64 = 0.0,
    }
}

impl ActivityRegularization {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("ActivityRegularization", x));
        if !(self.l1 >= 0.0 && self.l2 >= 0.0) {
            return Err(Msg::new("ActivityRegularization needs factors of at least 0, but has l1 = ")
                .decimal(self.l1)
                .text(" and l2 = ")
                .decimal(self.l2)
                .hint("a small positive factor such as 0.01 keeps activations small"));
        }
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Two operations an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        2 * check::pass(&x[0].shape)
    }

    /// Reads its input: the slope of the penalty.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.masking(Masking::Passes)
    }
}
