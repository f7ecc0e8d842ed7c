use super::check;
use crate::layer::layer;
use crate::{DataFormat, Facts, In, Msg, Outs, Rule, Shape, Storage, Weights};

layer! {
    /// Lays out all values of a sample in one row.
    Flatten {
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl Flatten {
    /// Any fixed shape to the product of its dimensions.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        if x.len() != 1 {
            return Err(Msg::new("Flatten takes 1 input, but ").number(x.len()).text(" were given"));
        }
        match check::fixed("Flatten", &x[0]) {
            Ok(()) => Ok(Outs::one(Shape::new(&[x[0].shape.size()])).of(x[0].kind)),
            Err(m) => Err(m),
        }
    }

    /// None.
    pub const fn weights(&self, _: &[In]) -> Weights {
        Weights::NONE
    }

    /// Nothing moves.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// The output is the input.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::Input)
    }
}
