use super::{check, sides};
use crate::layer::{copies, layer, ok};
use crate::{DataFormat, In, Outs, Rule};

layer! {
    /// More places: each becomes `size` places of the same value, `y[i] = x[⌊i / size⌋]`.
    ///
    /// Input: `[depth, height, width, channels]`. Output: each spatial axis `size` times as long. Weights: none. Training and
    /// inference do the same. Errors: another number of axes, ids, a size of 0.
    UpSampling3D {
        /// How many places each one becomes.
        size: [usize; 3] = [2, 2, 2],
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl UpSampling3D {
    /// `[depth, height, width, channels]`, longer.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("UpSampling3D", 3, x));
        ok!(check::all_positive("UpSampling3D", "size", &self.size));
        Ok(Outs::one(sides::enlarged(&input.shape, &self.size)))
    }

    copies!();
}
