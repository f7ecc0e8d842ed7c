use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Msg, Outs, Rule};

layer! {
    /// Values kept between two limits: `y = min(max(x, x_min), x_max)`.
    ///
    /// Input: any shape, kept. Weights: none. Training and inference do the same; the gradient of a value beyond the
    /// limits is 0. Errors: limits in the wrong order.
    Clip {
        /// The lower limit.
        x_min: f64,
        /// The upper limit.
        x_max: f64,
    }
}

impl Clip {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("clip", x));
        if self.x_min > self.x_max {
            return Err(Msg::new("clip has a lower limit above its upper limit")
                .hint("write the lower limit first: clip(x, 0.0, 1.0)"));
        }
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Two comparisons an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        2 * check::pass(&x[0].shape)
    }

    /// Reads its input: which values were within the limits.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.masking(Masking::Passes)
    }
}
