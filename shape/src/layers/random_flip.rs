use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, FlipMode, In, Outs, Rule, Storage};

layer! {
    /// In training turns each image round with probability 1/2, along each axis of `mode`; at inference `y = x`.
    ///
    /// Input: `[height, width, channels]`; height and width may be dynamic. Output: the same shape. Weights: none. Errors:
    /// another number of axes, ids.
    RandomFlip {
        /// Along which axes.
        mode: FlipMode = FlipMode::HorizontalAndVertical,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl RandomFlip {
    /// `[height, width, channels]`, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        Ok(Outs::one(ok!(check::spatial("RandomFlip", 2, x)).shape))
    }

    no_weights!();

    /// Nothing at inference.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// The gradient is turned round, too.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::InputAtInference).randomized()
    }
}
