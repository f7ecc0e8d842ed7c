use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, In, Masking, Outs, Rule, Storage};

layer! {
    /// In training sets a share of the channels of each sample to 0, at all their places, and divides the others by
    /// `1 - rate`; at inference `y = x`.
    ///
    /// Input: `[height, width, channels]`. Output: the same shape. Weights: none. Errors: another number of axes, a rate outside of
    /// 0..1. From: Tompson, Goroshin, Jain, LeCun, Bregler, "Efficient Object Localization Using Convolutional Networks",
    /// 2014.
    SpatialDropout2D {
        /// The share that is dropped, in 0..1.
        rate: f64,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl SpatialDropout2D {
    /// `[height, width, channels]`, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("SpatialDropout2D", 2, x));
        ok!(check::share("SpatialDropout2D", "rate", self.rate));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Nothing at inference.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Keeps which channels it dropped by itself.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::InputAtInference).randomized_if(self.rate > 0.0).masking(Masking::Passes)
    }
}
