use super::{check, sides};
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, In, Rule};

layer! {
    /// Cuts places off before and after the depth, height and width: `y = x[a..n - b, c..m - d, e..k - f]`.
    ///
    /// Input: `[depth, height, width, channels]`. Output: each cropped axis shorter by both numbers. Weights: none. Training and inference
    /// do the same. Errors: another number of axes, ids, an axis of which nothing is left.
    Cropping3D {
        /// How many places: an integer, (depth, height, width) or ((front, back), (top, bottom), (left, right)).
        cropping: [[usize; 2]; 3] = [[0, 0], [0, 0], [0, 0]],
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl Cropping3D {
    /// `[depth, height, width, channels]`, shorter.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("Cropping3D", 3, x));
        sides::cropped("Cropping3D", input, &self.cropping)
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
