use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, In, Outs, Rule, Shape, Storage};

layer! {
    /// Lays out all values of a sample in one row, in row-major order: `y = x`.
    ///
    /// Input: any shape of fixed lengths, numbers or ids. Output: `[size]`, the product of the lengths. Weights: none.
    /// Training and inference do the same. Errors: a dynamic axis.
    Flatten {
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl Flatten {
    /// Any fixed shape to the product of its dimensions.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        ok!(check::one("Flatten", x));
        ok!(check::fixed("Flatten", &x[0]));
        Ok(Outs::one(Shape::new(&[x[0].shape.size()])).of(x[0].kind))
    }

    no_weights!();

    /// Nothing moves.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// The output is the input in another shape.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::Input)
    }
}
