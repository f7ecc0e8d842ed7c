use super::pool;
use crate::layer::layer;
use crate::{DataFormat, Padding};

layer! {
    /// The mean of each channel in windows that slide over the places.
    ///
    /// Padding is left out of the mean. Input: `[height, width, channels]`. Output: `[height', width', channels]`, where `n' = ⌊(n - pool) / stride⌋ + 1`
    /// with padding = valid and `⌈n / stride⌉` with padding = same. Weights: none. Training and inference do the same.
    /// Errors: a size or stride of 0, a window that does not fit.
    AveragePooling2D {
        /// The size of the window.
        pool_size: [usize; 2] = [2, 2],
        /// Steps between windows; without it the size of the window.
        strides: Option<[usize; 2]> = None,
        /// What happens at the edges.
        padding: Padding = Padding::Valid,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

pool::sliding_rule!(AveragePooling2D);
