use super::pool;
use crate::layer::{layer, no_weights};
use crate::{DataFormat, Facts, In, Rule};

layer! {
    /// The largest value of each channel in as many windows as `output_size` says, which cover the places of a volume evenly: along an
    /// axis of length n, with m = output_size, `y[i] = max(x[⌊i n / m⌋ .. ⌈(i + 1) n / m⌉])`, the end excluded.
    ///
    /// Input: `[depth, height, width, channels]`; the spatial axes may be dynamic. Output: `[depth', height', width', channels]`, of `output_size`. Weights: none.
    /// Training and inference do the same. Errors: an output size of 0, another number of axes.
    AdaptiveMaxPooling3D {
        /// The number of places along depth, height and width of the output.
        output_size: [usize; 3],
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl AdaptiveMaxPooling3D {
    /// `[depth, height, width, channels]` to `[depth', height', width', channels]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        pool::adaptive("AdaptiveMaxPooling3D", &self.output_size, x)
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
