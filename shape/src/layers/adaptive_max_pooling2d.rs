use super::pool;
use crate::DataFormat;
use crate::layer::layer;

layer! {
    /// The largest value of each channel in as many windows as `output_size` says, which cover the places of an image evenly: along an
    /// axis of length n, with m = output_size, `y[i] = max(x[⌊i n / m⌋ .. ⌈(i + 1) n / m⌉])`, the end excluded.
    ///
    /// Input: `[height, width, channels]`; the spatial axes may be dynamic. Output: `[height', width', channels]`, of `output_size`. Weights: none.
    /// Training and inference do the same. Errors: an output size of 0, another number of axes.
    AdaptiveMaxPooling2D {
        /// The number of rows and columns of the output.
        output_size: [usize; 2],
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

pool::adaptive_rule!(AdaptiveMaxPooling2D);
