use super::{check, pool};
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, In, Masking, Rule};

layer! {
    /// The mean of each feature over all steps, or over those that a mask lets through.
    ///
    /// Input: `[steps, features]`; any axis may be dynamic. Output: `[features]`, or `[1, features]` with
    /// `keepdims = true`. Weights: none. Training and inference do the same. Errors: another number of axes, ids.
    GlobalAveragePooling1D {
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Whether the pooled axes stay, with length 1.
        keepdims: bool = false,
    }
}

impl GlobalAveragePooling1D {
    /// `[steps, features]` to `[features]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        pool::global("GlobalAveragePooling1D", 1, self.keepdims, ok!(check::masked("GlobalAveragePooling1D", x)))
    }

    no_weights!();

    /// One pass.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads nothing but the mask: the gradient is shared out.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).masking(Masking::Reads)
    }
}
