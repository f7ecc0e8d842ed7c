use super::check;
use crate::layer::layer;
use crate::{Facts, In, Outs, Rule, Weights};

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
        match check::only("Activation", x) {
            Ok(input) => Ok(Outs::one(input.shape)),
            Err(m) => Err(m),
        }
    }

    /// None.
    pub const fn weights(&self, _: &[In]) -> Weights {
        Weights::NONE
    }

    /// One pass.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads both: some functions go back from their input, some from their output.
    pub const fn facts(&self) -> Facts {
        Facts::activated(self.activation).reading(true, true)
    }
}
