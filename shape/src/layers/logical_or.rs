use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Kind, Msg, Outs, Rule};

layer! {
    /// The mask of a merge: true where any of its inputs' masks is, `y = a ∨ b`.
    ///
    /// Input: masks of one shape. Output: a mask of that shape. Weights: none. Training and inference do the same.
    /// Errors: masks of different shapes.
    LogicalOr {}
}

impl LogicalOr {
    /// Masks of one shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let mut i = 1;
        while i < x.len() {
            if !x[0].shape.compatible(&x[i].shape) {
                return Err(Msg::new("masks can only be merged if they have the same steps, but ")
                    .input(&x[0])
                    .text(" and ")
                    .input(&x[i])
                    .hint("merge without the masks: Add()(a, b, mask = None)"));
            }
            i += 1;
        }
        Ok(Outs::one(ok!(check::one("LogicalOr", x.split_at(1).0)).shape).of(Kind::Mask))
    }

    no_weights!();

    /// One operation each.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// A mask has no gradient.
    pub const fn facts(&self) -> Facts {
        Facts { is_mask: true, ..Facts::PLAIN.reading(false, false) }
    }
}
