use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Msg, Outs, Rule, is_dynamic};

layer! {
    /// A tensor in equal parts along an axis: `let (a, b) = split(x, 2, axis = -1);`.
    ///
    /// Input: any shape whose `axis` the number of parts divides. Outputs: as many tensors, at most 8. Weights: none.
    /// Training and inference do the same. Errors: a length that cannot be divided, an axis that the input does not have.
    Split {
        /// The number of parts.
        indices_or_sections: usize,
        /// The axis, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize = -1,
    }
}

impl Split {
    /// Any shape to several with a part of the axis each.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let (input, parts) = (ok!(check::only("split", x)), self.indices_or_sections);
        ok!(check::positive("split", "indices_or_sections", parts));
        let axis = ok!(check::axis("split", self.axis, input));
        let length = input.shape.dim(axis);
        if parts > Outs::MAX || is_dynamic(length) || !length.is_multiple_of(parts) {
            return Err(Msg::new("split makes at most 8 equal parts of a fixed axis, but axis ")
                .signed(self.axis)
                .text(" of length ")
                .dim(length)
                .text(" cannot be cut into ")
                .number(parts)
                .text(": ")
                .input(input)
                .hint("choose a number of parts that divides the length, or cut with slices: x[(0..3, ..)]"));
        }
        let shape = input.shape.with(axis, length / parts);
        let mut outs = Outs::one(shape);
        let mut k = 1;
        while k < parts {
            outs = outs.and(shape);
            k += 1;
        }
        Ok(outs)
    }

    no_weights!();

    /// Copies only.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Reads nothing: the gradients are joined.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
