use super::check;
use crate::layer::{layer, no_weights};
use crate::{Facts, In, Masking, Rule};

layer! {
    /// The element-wise mean of its inputs: `y = (a + b + ..) / n`
    ///
    /// Arguments: none. Input: two or more tensors with the same number of axes; an axis of length 1 is repeated.
    /// Output: each axis as long as the longest. Weights: none. Training and inference do the same. Errors: a single input, ids, different numbers of axes,
    /// lengths that differ where neither is 1.
    Average {}
}

impl Average {
    /// Inputs of equal rank, each axis equal or 1.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        check::merged("Average", x)
    }

    no_weights!();

    /// One pass for each further input.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::merge_flops(x)
    }

    /// Reads nothing: the gradient is shared out.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).masking(Masking::Merges)
    }
}
