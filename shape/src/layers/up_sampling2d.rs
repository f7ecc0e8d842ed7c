use super::{check, sides};
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, In, Interpolation, Outs, Rule};

layer! {
    /// More places: each axis is `size` times as long, `y[i] = x[⌊i / size⌋]`.
    ///
    /// Input: `[height, width, channels]`. Output: each spatial axis `size` times as long. Weights: none. Training and inference
    /// do the same. Errors: another number of axes, ids, a size of 0.
    UpSampling2D {
        /// How many places each one becomes.
        size: [usize; 2] = [2, 2],
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Where the new values come from.
        interpolation: Interpolation = Interpolation::Nearest,
    }
}

impl UpSampling2D {
    /// `[height, width, channels]`, longer.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("UpSampling2D", 2, x));
        ok!(check::all_positive("UpSampling2D", "size", &self.size));
        Ok(Outs::one(sides::enlarged(&input.shape, &self.size)))
    }

    no_weights!();

    /// Copies, or a weighted sum of four neighbours.
    pub const fn flops(&self, x: &[In]) -> usize {
        match (self.interpolation, self.outputs(x)) {
            (Interpolation::Nearest, _) | (_, Err(_)) => 0,
            (_, Ok(outs)) => 8 * check::pass(&outs.get(0).shape),
        }
    }

    /// Reads nothing: gradients of copies are added up.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
