use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, Factor, FillMode, In, Interpolation, Outs, Rule, Storage};

layer! {
    /// In training zooms each image about its middle by a random factor; at inference `y = x`.
    ///
    /// Input: `[height, width, channels]`; height and width may be dynamic. Output: the same shape. Weights: none. Errors:
    /// another number of axes, ids, a factor of -1 or less.
    RandomZoom {
        /// How much images grow in height: 0.2 zooms out by up to 20 %, -0.2 zooms in; `f` for between -f and f.
        height_factor: Factor,
        /// The same for their width; without it they keep their ratio.
        width_factor: Option<Factor> = None,
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

impl RandomZoom {
    /// `[height, width, channels]`, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("RandomZoom", 2, x));
        ok!(check::factor("RandomZoom", "height_factor", self.height_factor, [-0.999_999, f64::MAX]));
        if let Some(factor) = self.width_factor {
            ok!(check::factor("RandomZoom", "width_factor", factor, [-0.999_999, f64::MAX]));
        }
        ok!(check::nearest_or_bilinear("RandomZoom", self.interpolation));
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
