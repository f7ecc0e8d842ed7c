use super::pool::Pool;
use crate::layer::{layer, no_weights};
use crate::{DataFormat, Facts, In, Padding, Rule};

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

impl MaxPooling3D {
    const fn pool(&self) -> Pool<'_> {
        let strides = match &self.strides {
            Some(strides) => strides,
            None => &self.pool_size,
        };
        Pool { layer: "MaxPooling3D", pool_size: &self.pool_size, strides, padding: self.padding }
    }

    /// `[depth, height, width, channels]` to `[depth', height', width', channels]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        self.pool().outputs(x)
    }

    no_weights!();

    /// One operation for each place of each window.
    pub const fn flops(&self, x: &[In]) -> usize {
        self.pool().flops(x)
    }

    /// Reads nothing: it keeps which place won by itself.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
