use super::check;
use crate::layer::{layer, no_weights};
use crate::{Facts, In, Masking, Msg, Rule};

layer! {
    /// The element-wise difference of two inputs: `y = a - b`
    ///
    /// Arguments: none. Input: two tensors with the same number of axes; an axis of length 1 is repeated.
    /// Output: each axis as long as the longest. Weights: none. Training and inference do the same. Errors: not two inputs, ids, different numbers of axes,
    /// lengths that differ where neither is 1.
    Subtract {}
}

impl Subtract {
    /// Two inputs of equal rank, each axis equal or 1.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        if x.len() > 2 {
            return Err(Msg::new("Subtract takes 2 inputs, but ")
                .number(x.len())
                .text(" were given")
                .hint("add up what is subtracted first: Subtract()(a, Add()(b, c))"));
        }
        check::merged("Subtract", x)
    }

    no_weights!();

    /// One pass.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::merge_flops(x)
    }

    /// Reads nothing: the gradient is passed on.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).masking(Masking::Merges)
    }
}
