use super::pool;
use crate::layer::{layer, no_weights};
use crate::{DataFormat, Facts, In, Rule};

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

impl AdaptiveMaxPooling1D {
    /// `[steps, features]` to `[output_size, features]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        pool::adaptive("AdaptiveMaxPooling1D", &self.output_size, x)
    }

    no_weights!();

    /// One operation for each value of the input.
    pub const fn flops(&self, x: &[In]) -> usize {
        x[0].shape.size()
    }

    /// Keeps by itself which place won.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
