use super::{check, sides};
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, In, Outs, Rule};

layer! {
    /// Zeros before and after the steps: `y[i + before] = x[i]`, 0 elsewhere.
    ///
    /// Input: `[steps, features]`. Output: each padded axis longer by both numbers. Weights: none. Training and inference
    /// do the same. Errors: another number of axes, ids.
    ZeroPadding1D {
        /// How many zeros: an integer or (before, after).
        padding: [usize; 2] = [1, 1],
        /// Which axis holds the features.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl ZeroPadding1D {
    /// `[steps, features]`, longer.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("ZeroPadding1D", 1, x));
        Ok(Outs::one(sides::padded(&input.shape, &[self.padding])))
    }

    no_weights!();

    /// Copies only.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Reads nothing: the gradient is cut out.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
