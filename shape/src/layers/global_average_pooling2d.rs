use super::pool;
use crate::DataFormat;
use crate::layer::layer;

layer! {
    /// The mean of each channel over all places.
    ///
    /// Input: `[height, width, channels]`; any axis may be dynamic. Output: `[channels]`, or `[1, 1, channels]` with
    /// `keepdims = true`. Weights: none. Training and inference do the same. Errors: another number of axes, ids.
    GlobalAveragePooling2D {
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Whether the pooled axes stay, with length 1.
        keepdims: bool = false,
    }
}

pool::global_rule!(GlobalAveragePooling2D, 2);
