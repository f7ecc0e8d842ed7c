use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Kind, Outs, Rule};

layer! {
    /// The mask that an Embedding or a Masking makes, `y = any(x ≠ mask_value)`: true for ids other than `mask_value`, and for steps with any feature
    /// other than it.
    ///
    /// Input: ids of any shape, or numbers `[steps, features]`. Output: a mask of the ids' shape, or `[steps]`.
    /// Weights: none. Training and inference do the same. Errors: numbers of one axis.
    NotEqual {
        /// What marks padding.
        mask_value: f64 = 0.0,
    }
}

impl NotEqual {
    /// `[steps]` ids or `[steps, features]` to a mask `[steps]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::one("NotEqual", x));
        if matches!(input.kind, Kind::Int) {
            return Ok(Outs::one(input.shape).of(Kind::Mask));
        }
        ok!(check::steps("Masking", ok!(check::numbers("Masking", input))));
        Ok(Outs::one(input.shape.remove(input.shape.rank() - 1)).of(Kind::Mask))
    }

    no_weights!();

    /// One comparison each.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// A mask has no gradient.
    pub const fn facts(&self) -> Facts {
        Facts { is_mask: true, ..Facts::PLAIN.reading(false, false) }
    }
}
