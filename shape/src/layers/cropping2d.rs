use super::{check, sides};
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, In, Rule};

layer! {
    /// Cuts places off before and after the height and width: `y = x[top..n - bottom, left..m - right]`.
    ///
    /// Input: `[height, width, channels]`. Output: each cropped axis shorter by both numbers. Weights: none. Training and inference
    /// do the same. Errors: another number of axes, ids, an axis of which nothing is left.
    Cropping2D {
        /// How many places: an integer, (height, width) or ((top, bottom), (left, right)).
        cropping: [[usize; 2]; 2] = [[0, 0], [0, 0]],
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl Cropping2D {
    /// `[height, width, channels]`, shorter.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("Cropping2D", 2, x));
        sides::cropped("Cropping2D", input, &self.cropping)
    }

    no_weights!();

    /// Copies only.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Reads nothing: the gradient is padded.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
