use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Activation, Facts, In, Masking, Outs, Rule};

layer! {
    /// The rectifier: `y = min(x, max_value)` where `x >= threshold`, else `negative_slope (x - threshold)`.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same.
    /// Errors: a negative `max_value`, `negative_slope` or `threshold`.
    ReLU {
        /// The largest output; without it there is none.
        max_value: Option<f64> = None,
        /// The slope below the threshold.
        negative_slope: f64 = 0.0,
        /// Where the function starts to rise.
        threshold: f64 = 0.0,
    }
}

impl ReLU {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("ReLU", x));
        if let Some(max_value) = self.max_value {
            ok!(check::not_negative("ReLU", "max_value", max_value));
        }
        ok!(check::not_negative("ReLU", "negative_slope", self.negative_slope));
        ok!(check::not_negative("ReLU", "threshold", self.threshold));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// One operation an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads its input.
    pub const fn facts(&self) -> Facts {
        let facts = Facts::PLAIN.masking(Masking::Passes);
        if self.max_value.is_none() && self.negative_slope == 0.0 && self.threshold == 0.0 {
            Facts { activation: Some(Activation::Relu), ..facts }
        } else {
            facts
        }
    }
}
