use super::pool;
use crate::DataFormat;
use crate::layer::layer;

layer! {
    /// The largest value of each feature over all steps.
    ///
    /// Input: `[steps, features]`; any axis may be dynamic. Output: `[features]`, or `[1, features]` with
    /// `keepdims = true`. Weights: none. Training and inference do the same. Errors: another number of axes, ids.
    GlobalMaxPooling1D {
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Whether the pooled axes stay, with length 1.
        keepdims: bool = false,
    }
}

pool::global_rule!(GlobalMaxPooling1D, 1);
