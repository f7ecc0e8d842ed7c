use super::check;
use crate::layer::{layer, ok, same_numbers};
use crate::{DataFormat, In, Outs, Rule, Shape};

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

    same_numbers!();
}
