use super::check;
use crate::layer::layer;
use crate::{Facts, In, Rule, Weights};

layer! {
    /// The element-wise sum of two or more inputs; an axis of length 1 is repeated.
    Add {}
}

impl Add {
    /// Inputs of equal rank, each axis equal or 1.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        check::merged("Add", x)
    }

    /// None.
    pub const fn weights(&self, _: &[In]) -> Weights {
        Weights::NONE
    }

    /// One pass for each further input.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::merge_flops(x)
    }

    /// Reads nothing: the gradient is passed on.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
