use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{DataFormat, Facts, FillMode, In, Interpolation, Msg, Outs, Rule, Shape};

layer! {
    /// Images of another size. Each new value is a weighted sum of those around its place: `y = Σ weight x`.
    /// Bicubic weights are read, as in TensorFlow, out of a table with 1024 steps from place to place.
    ///
    /// Input: `[height, width, channels]`; height and width may be dynamic. Output: `[height, width, channels]` with the
    /// new height and width. Weights: none. Training and inference do the same. Errors: another number of axes, ids, a size
    /// of 0, cropping and padding at once.
    Resizing {
        /// The new height.
        height: usize,
        /// The new width.
        width: usize,
        /// How neighbours are weighted.
        interpolation: Interpolation = Interpolation::Bilinear,
        /// Whether the image keeps its ratio, and what reaches over the new size is cut off.
        crop_to_aspect_ratio: bool = false,
        /// Whether the image keeps its ratio, and what is missing of the new size is filled.
        pad_to_aspect_ratio: bool = false,
        /// What the image is padded with.
        fill_mode: FillMode = FillMode::Constant,
        /// The number that it is padded with.
        fill_value: f64 = 0.0,
        /// Whether a smaller image is made of all values of a larger one.
        antialias: bool = false,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
    }
}

impl Resizing {
    /// `[height, width, channels]`, of another height and width.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("Resizing", 2, x));
        ok!(check::positive("Resizing", "height", self.height));
        ok!(check::positive("Resizing", "width", self.width));
        if self.crop_to_aspect_ratio && self.pad_to_aspect_ratio {
            return Err(Msg::new("Resizing cannot both crop and pad to keep the ratio of an image")
                .hint("write crop_to_aspect_ratio = true or pad_to_aspect_ratio = true"));
        }
        if !matches!(self.fill_mode, FillMode::Constant) {
            return Err(Msg::new("Resizing pads with a number, but has fill_mode = ")
                .text(self.fill_mode.word())
                .hint("leave fill_mode out, and give the number with fill_value = .."));
        }
        Ok(Outs::one(Shape::new(&[self.height, self.width, input.shape.dim(2)])))
    }

    no_weights!();

    /// A weighted sum of four neighbours.
    pub const fn flops(&self, x: &[In]) -> usize {
        8 * check::pass(&Shape::new(&[self.height, self.width, x[0].shape.dim(2)]))
    }

    /// Reads nothing: the gradient goes back by the same weights.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}
