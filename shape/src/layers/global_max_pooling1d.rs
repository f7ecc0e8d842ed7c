use super::{check, pool};
use crate::layer::{layer, no_weights};
use crate::{DataFormat, Facts, In, Rule};

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

impl GlobalMaxPooling1D {
    /// `[steps, features]` to `[features]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        pool::global("GlobalMaxPooling1D", 1, self.keepdims, x)
    }

    no_weights!();

    /// One pass.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads nothing: it keeps which place won by itself.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
