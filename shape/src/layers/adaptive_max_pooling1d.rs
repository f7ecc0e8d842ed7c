use super::pool;
use crate::DataFormat;
use crate::layer::layer;

layer! {
    /// The largest value of each feature in as many windows as `output_size` says, which cover the steps evenly: along an
    /// axis of length n, with m = output_size, `y[i] = max(x[⌊i n / m⌋ .. ⌈(i + 1) n / m⌉])`, the end excluded.
    ///
    /// Input: `[steps, features]`; the spatial axes may be dynamic. Output: `[output_size, features]`, of `output_size`. Weights: none.
    /// Training and inference do the same. Errors: an output size of 0, another number of axes.
    AdaptiveMaxPooling1D {
        /// The number of steps of the output.
        output_size: [usize; 1],
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

pool::adaptive_rule!(AdaptiveMaxPooling1D);
