use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Outs, Rule};

layer! {
    /// An activation function as a layer: `y = activation(x)`.
    Activation {
        /// The function.
        activation: crate::Activation,
    }
}

impl Activation {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        Ok(Outs::one(ok!(check::only("Activation", x)).shape))
    }

    no_weights!();

    /// One pass.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads both: some functions go back from their input, some from their output.
    pub const fn facts(&self) -> Facts {
        Facts::activated(self.activation).reading(true, true)
    }
}
