use super::pool::Pool;
use crate::layer::{layer, no_weights};
use crate::{DataFormat, Facts, In, Padding, Rule};

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

impl AveragePooling2D {
    const fn pool(&self) -> Pool<'_> {
        let strides = match &self.strides {
            Some(strides) => strides,
            None => &self.pool_size,
        };
        Pool { layer: "AveragePooling2D", pool_size: &self.pool_size, strides, padding: self.padding }
    }

    /// `[height, width, channels]` to `[height', width', channels]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        self.pool().outputs(x)
    }

    no_weights!();

    /// One operation for each place of each window.
    pub const fn flops(&self, x: &[In]) -> usize {
        self.pool().flops(x)
    }

    /// Reads nothing: the gradient is shared out.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
