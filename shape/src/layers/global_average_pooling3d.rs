use super::{check, pool};
use crate::layer::{layer, no_weights};
use crate::{DataFormat, Facts, In, Rule};

layer! {
    /// The mean of each channel over all places.
    ///
    /// Input: `[depth, height, width, channels]`; any axis may be dynamic. Output: `[channels]`, or `[1, 1, 1, channels]` with
    /// `keepdims = true`. Weights: none. Training and inference do the same. Errors: another number of axes, ids.
    GlobalAveragePooling3D {
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Whether the pooled axes stay, with length 1.
        keepdims: bool = false,
    }
}

impl GlobalAveragePooling3D {
    /// `[depth, height, width, channels]` to `[channels]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        pool::global("GlobalAveragePooling3D", 3, self.keepdims, x)
    }

    no_weights!();

    /// One pass.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads nothing: the gradient is shared out.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
