use super::{check, conv};
use crate::layer::{layer, ok};
use crate::{Activation, DataFormat, Facts, In, Initializer, Outs, Padding, Rule, Weights};

layer! {
    /// A 2-D convolution of each channel by itself, and then one of all channels at each place:
    /// `y = activation((x * depthwise_kernel) · pointwise_kernel + bias)`.
    ///
    /// Input: `[height, width, channels]`, the channels fixed. Output: `[height', width', filters]`, with the lengths of a
    /// Conv2D. Weights: depthwise_kernel `[height, width, channels, depth_multiplier]`, pointwise_kernel
    /// `[1, 1, channels depth_multiplier, filters]` (both Glorot uniform), bias `[filters]` (zeros) with `use_bias`. Training
    /// and inference do the same. Errors: another number of axes, a window that does not fit, a setting of 0, strides and
    /// dilation both above 1. From: Chollet, "Xception", 2016.
    SeparableConv2D {
        /// The channels of the output.
        filters: usize,
        /// Height and width of the window.
        kernel_size: [usize; 2],
        /// Steps between windows.
        strides: [usize; 2] = [1, 1],
        /// What happens at the edges.
        padding: Padding = Padding::Valid,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Distance between the taps of a window.
        dilation_rate: [usize; 2] = [1, 1],
        /// How many channels each one becomes in between.
        depth_multiplier: usize = 1,
        /// Applied to the output.
        activation: Activation = Activation::Linear,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel of single channels starts.
        depthwise_initializer: Initializer = Initializer::GlorotUniform,
        /// How the kernel of all channels starts.
        pointwise_initializer: Initializer = Initializer::GlorotUniform,
        /// How the bias starts.
        bias_initializer: Initializer = Initializer::Zeros,
    }
}

impl SeparableConv2D {
    const fn depthwise(&self, channels: usize) -> conv::Conv<'_> {
        conv::Conv {
            layer: "SeparableConv2D",
            filters: channels * self.depth_multiplier,
            kernel_size: &self.kernel_size,
            strides: &self.strides,
            dilation_rate: &self.dilation_rate,
            padding: self.padding,
            groups: channels,
        }
    }

    /// `[height, width, channels]` to `[height', width', filters]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("SeparableConv2D", 2, x));
        ok!(check::positive("SeparableConv2D", "filters", self.filters));
        ok!(check::positive("SeparableConv2D", "depth_multiplier", self.depth_multiplier));
        let channels = ok!(check::channels("SeparableConv2D", "channels", input));
        let between = ok!(self.depthwise(channels).outputs(input)).get(0).shape;
        Ok(Outs::one(between.with(2, self.filters)))
    }

    /// depthwise_kernel `[height, width, channels, depth_multiplier]`, pointwise_kernel
    /// `[1, 1, channels depth_multiplier, filters]`, bias `[filters]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let ([height, width], channels) = (self.kernel_size, x[0].shape.last());
        let between = channels * self.depth_multiplier;
        Weights::NONE
            .with("depthwise_kernel", &[height, width, channels, self.depth_multiplier], self.depthwise_initializer)
            .with("pointwise_kernel", &[1, 1, between, self.filters], self.pointwise_initializer)
            .with_if(self.use_bias, "bias", &[self.filters], self.bias_initializer)
    }

    /// A multiplication and an addition for each tap of each value, in between and at the end.
    pub const fn flops(&self, x: &[In]) -> usize {
        let channels = x[0].shape.last();
        let end = match self.outputs(x) {
            Ok(outs) => outs.get(0).shape.size(),
            Err(_) => 0,
        };
        self.depthwise(channels).flops(&x[0]) + 2 * channels * self.depth_multiplier * end
    }

    /// Reads its input, and its output to go back through the activation.
    pub const fn facts(&self) -> Facts {
        Facts::activated(self.activation).weighted()
    }
}
