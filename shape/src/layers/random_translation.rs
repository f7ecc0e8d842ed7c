use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, Factor, FillMode, In, Interpolation, Outs, Rule, Storage};

layer! {
    /// In training moves each image by a random share of its height and width; at inference `y = x`.
    ///
    /// Input: `[height, width, channels]`; height and width may be dynamic. Output: the same shape. Weights: none. Errors:
    /// another number of axes, ids, a share outside of -1..=1.
    RandomTranslation {
        /// How far images move down, as a share of their height: `f` for between -f and f.
        height_factor: Factor,
        /// How far images move to the right, as a share of their width.
        width_factor: Factor,
        /// What lies beyond the edge.
        fill_mode: FillMode = FillMode::Reflect,
        /// How values between places are made: nearest or bilinear.
        interpolation: Interpolation = Interpolation::Bilinear,
        /// The number beyond the edge with `fill_mode = constant`.
        fill_value: f64 = 0.0,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl RandomTranslation {
    /// `[height, width, channels]`, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("RandomTranslation", 2, x));
        ok!(check::factor("RandomTranslation", "height_factor", self.height_factor, [-1.0, 1.0]));
        ok!(check::factor("RandomTranslation", "width_factor", self.width_factor, [-1.0, 1.0]));
        ok!(check::nearest_or_bilinear("RandomTranslation", self.interpolation));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Nothing at inference.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Keeps by itself where values came from.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::InputAtInference).randomized()
    }
}
