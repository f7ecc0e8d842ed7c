use super::sides;
use crate::layer::layer;
use crate::DataFormat;

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

sides::cropping_rule!(Cropping2D, 2, |layer| &layer.cropping);
