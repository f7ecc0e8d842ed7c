use super::sides;
use crate::layer::layer;
use crate::DataFormat;

layer! {
    /// Zeros before and after the depth, height and width: `y[i + before] = x[i]`, 0 elsewhere.
    ///
    /// Input: `[depth, height, width, channels]`. Output: each padded axis longer by both numbers. Weights: none. Training and inference
    /// do the same. Errors: another number of axes, ids.
    ZeroPadding3D {
        /// How many zeros: an integer, (depth, height, width) or ((front, back), (top, bottom), (left, right)).
        padding: [[usize; 2]; 3] = [[1, 1], [1, 1], [1, 1]],
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

sides::padding_rule!(ZeroPadding3D, 3, |layer| &layer.padding);
