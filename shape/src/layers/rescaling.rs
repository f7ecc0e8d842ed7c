use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Msg, Numbers, Outs, Rule};

layer! {
    /// A change of scale: `y = scale x + offset`, such as `Rescaling(1.0 / 255.0)` for bytes. A list has a number for each
    /// place of the last axis: `Rescaling((4.4, 4.5, 4.4), (-2.1, -2.0, -1.8))` for the channels of a colour image.
    ///
    /// Input: any shape. Output: the same shape. Weights: none. Training and inference do the same.
    /// Errors: ids, a list of another length than the last axis.
    Rescaling {
        /// The factor.
        scale: Numbers,
        /// What is added.
        offset: Numbers = Numbers::of(&[0.0]),
    }
}

impl Rescaling {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("Rescaling", x));
        ok!(each("scale", &self.scale, input));
        ok!(each("offset", &self.offset, input));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Two operations an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        2 * check::pass(&x[0].shape)
    }

    /// Reads nothing: the gradient is scaled.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).masking(Masking::Passes)
    }
}

/// One number, or as many as the last axis has places.
const fn each(name: &str, numbers: &Numbers, input: &In) -> Result<(), Msg> {
    let len = numbers.as_slice().len();
    if len == 1 || (input.shape.rank() > 0 && (input.shape.last() == len)) {
        return Ok(());
    }
    Err(Msg::new("Rescaling takes one number or one for each place of the last axis as `")
        .text(name)
        .text("`, but got ")
        .number(len)
        .text(": ")
        .input(input)
        .hint("give one number, or as many as the input has channels"))
}
