use super::{check, sides};
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, In, Outs, Rule};

layer! {
    /// Zeros before and after the height and width: `y[i + before] = x[i]`, 0 elsewhere.
    ///
    /// Input: `[height, width, channels]`. Output: each padded axis longer by both numbers. Weights: none. Training and inference
    /// do the same. Errors: another number of axes, ids.
    ZeroPadding2D {
        /// How many zeros: an integer, (height, width) or ((top, bottom), (left, right)).
        padding: [[usize; 2]; 2] = [[1, 1], [1, 1]],
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl ZeroPadding2D {
    /// `[height, width, channels]`, longer.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("ZeroPadding2D", 2, x));
        Ok(Outs::one(sides::padded(&input.shape, &self.padding)))
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
