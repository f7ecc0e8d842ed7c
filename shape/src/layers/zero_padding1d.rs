use super::sides;
use crate::layer::layer;
use crate::DataFormat;

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

sides::padding_rule!(ZeroPadding1D, 1, |layer| &[layer.padding]);
