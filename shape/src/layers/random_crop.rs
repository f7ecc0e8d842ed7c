use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, In, Outs, Rule, Shape};

layer! {
    /// In training a part of each batch of images at a random place; at inference its middle, `y = x[top.., left..]`. Of an image that is smaller, the
    /// largest part that has the ratio of the new size is enlarged to it (bilinear).
    ///
    /// Input: `[height, width, channels]`; height and width may be dynamic. Output: `[height, width, channels]` with the
    /// new height and width. Weights: none. Errors: another number of axes, ids, a size of 0.
    RandomCrop {
        /// The new height.
        height: usize,
        /// The new width.
        width: usize,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl RandomCrop {
    /// `[height, width, channels]`, of another height and width.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("RandomCrop", 2, x));
        ok!(check::positive("RandomCrop", "height", self.height));
        ok!(check::positive("RandomCrop", "width", self.width));
        Ok(Outs::one(Shape::new(&[self.height, self.width, input.shape.dim(2)])))
    }

    no_weights!();

    /// Copies only.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Reads nothing: the gradient goes back to where the values came from.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).randomized()
    }
}
