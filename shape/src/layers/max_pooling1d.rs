use super::pool;
use crate::layer::layer;
use crate::{DataFormat, Padding};

layer! {
    /// The largest value of each feature in windows that slide over the steps.
    ///
    /// Padding is never the largest. Input: `[steps, features]`. Output: `[steps', features]`, where `n' = ⌊(n - pool) / stride⌋ + 1`
    /// with padding = valid and `⌈n / stride⌉` with padding = same. Weights: none. Training and inference do the same.
    /// Errors: a size or stride of 0, a window that does not fit.
    MaxPooling1D {
        /// The size of the window.
        pool_size: [usize; 1] = [2],
        /// Steps between windows; without it the size of the window.
        strides: Option<[usize; 1]> = None,
        /// What happens at the edges.
        padding: Padding = Padding::Valid,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

pool::sliding_rule!(MaxPooling1D);
