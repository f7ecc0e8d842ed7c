use super::pool;
use crate::layer::layer;
use crate::{DataFormat, Padding};

layer! {
    /// The largest value of each channel in windows that slide over the places.
    ///
    /// Padding is never the largest. Input: `[depth, height, width, channels]`. Output: `[depth', height', width', channels]`, where `n' = ⌊(n - pool) / stride⌋ + 1`
    /// with padding = valid and `⌈n / stride⌉` with padding = same. Weights: none. Training and inference do the same.
    /// Errors: a size or stride of 0, a window that does not fit.
    MaxPooling3D {
        /// The size of the window.
        pool_size: [usize; 3] = [2, 2, 2],
        /// Steps between windows; without it the size of the window.
        strides: Option<[usize; 3]> = None,
        /// What happens at the edges.
        padding: Padding = Padding::Valid,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

pool::sliding_rule!(MaxPooling3D);
