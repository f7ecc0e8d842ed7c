use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Activation, Facts, In, Masking, Msg, Outs, Rule};

layer! {
    /// Shares that sum to 1 along an axis: `y = eˣ / Σ eˣ`; 0 where a mask that is given at the call is false.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same.
    /// Errors: an axis that the input does not have.
    Softmax {
        /// The axis along which the shares sum to 1, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize = -1,
    }
}

impl Softmax {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let (x, mask) = check::unmasked(x);
        let input = ok!(check::only("Softmax", x));
        if let Some(mask) = mask
            && !mask.shape.compatible(&input.shape)
        {
            return Err(Msg::new("Softmax takes a mask of its input's shape, but ")
                .input(mask)
                .text(" and ")
                .input(input)
                .hint("give a mask with one value for each number"));
        }
        ok!(check::axis("Softmax", self.axis, input));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Largest value, exponential, sum, quotient.
    pub const fn flops(&self, x: &[In]) -> usize {
        4 * check::pass(&x[0].shape)
    }

    /// Reads its output.
    pub const fn facts(&self) -> Facts {
        let facts = Facts::PLAIN.reading(false, true).masking(Masking::PassesAndReadsGiven);
        if self.axis == -1 { Facts { activation: Some(Activation::Softmax), ..facts } } else { facts }
    }
}
