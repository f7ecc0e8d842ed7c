use super::sides;
use crate::layer::layer;
use crate::DataFormat;

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

sides::cropping_rule!(Cropping3D, 3, |layer| &layer.cropping);
