use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule};

layer! {
    /// An activation function as a layer: `y = activation(x)`.
    ///
    /// Input: any shape. Output: the same shape; `softmax`, `log_softmax` and `sparsemax` work along the last axis. Weights: none.
    /// Training and inference do the same. Errors: ids.
    Activation {
        /// The function.
        activation: crate::Activation,
    }
}

impl Activation {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        Ok(Outs::one(ok!(check::only(self.activation.word(), x)).shape))
    }

    no_weights!();

    /// One pass.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads its output, or its input where the output does not tell the slope.
    pub const fn facts(&self) -> Facts {
        let input = self.activation.reads_input();
        Facts::activated(self.activation).reading(input, !input).masking(Masking::Passes)
    }
}
