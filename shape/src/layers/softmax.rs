use super::{check, norm};
use crate::layer::{layer, no_weights, ok};
use crate::{Activation, Dims, Facts, In, Masking, Msg, Outs, Rule};

layer! {
    /// Shares that sum to 1 along one axis or several: `y = eˣ / Σ eˣ`; 0 where a mask that is given at the call is false.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same.
    /// Errors: an axis that the input does not have, axes out of order.
    Softmax {
        /// The axes along which the shares sum to 1, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: Dims = Dims::of(&[-1]),
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
        ok!(norm::axes("Softmax", &self.axis, input, false));
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
        match self.axis.as_slice() {
            [-1] => Facts { activation: Some(Activation::Softmax), ..facts },
            _ => facts,
        }
    }
}
