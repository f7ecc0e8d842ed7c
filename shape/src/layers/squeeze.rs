use super::check;
use crate::layer::{layer, ok, same_numbers};
use crate::{In, Msg, Outs, Rule};

layer! {
    /// Takes away an axis of length 1: `squeeze(x, axis = 1)`.
    ///
    /// Input: any shape with length 1 at `axis`. Output: the same without it. Weights: none. Training and inference do the same. Errors: an axis of another
    /// length, the only axis.
    Squeeze {
        /// The axis, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize,
    }
}

impl Squeeze {
    /// Any shape, less one axis of length 1.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::any_one("squeeze", x));
        let axis = ok!(check::axis("squeeze", self.axis, input));
        if input.shape.dim(axis) != 1 {
            return Err(Msg::new("squeeze takes away an axis of length 1, but axis ")
                .signed(self.axis)
                .text(" of ")
                .name(input)
                .text(" has length ")
                .dim(input.shape.dim(axis))
                .text(": ")
                .input(input)
                .hint("reduce a longer axis with sum(x, axis = ..) or mean(x, axis = ..)"));
        }
        if input.shape.rank() == 1 {
            return Err(Msg::new("squeeze leaves no axis of ")
                .of_shape(input)
                .hint("leave it out: a single number a sample has shape (batch, 1)"));
        }
        Ok(Outs::one(input.shape.remove(axis)).of(input.kind))
    }

    same_numbers!();
}
