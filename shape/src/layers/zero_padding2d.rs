use super::sides;
use crate::layer::layer;
use crate::DataFormat;

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

sides::padding_rule!(ZeroPadding2D, 2, |layer| &layer.padding);
