use super::check;
use crate::layer::{copies, layer, ok};
use crate::{DataFormat, In, Outs, Rule, Shape};

layer! {
    /// The middle of an image: `y = x[top..top + height, left..left + width]`. Of an image that is smaller, the largest part that has the ratio of the new size is enlarged to
    /// it (bilinear).
    ///
    /// Input: `[height, width, channels]`; height and width may be dynamic. Output: `[height, width, channels]` with the
    /// new height and width. Weights: none. Training and inference do the same. Errors: another number of axes, ids, a size
    /// of 0.
    CenterCrop {
        /// The new height.
        height: usize,
        /// The new width.
        width: usize,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl CenterCrop {
    /// `[height, width, channels]`, of another height and width.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("CenterCrop", 2, x));
        ok!(check::positive("CenterCrop", "height", self.height));
        ok!(check::positive("CenterCrop", "width", self.width));
        Ok(Outs::one(Shape::new(&[self.height, self.width, input.shape.dim(2)])))
    }

    copies!();
}
