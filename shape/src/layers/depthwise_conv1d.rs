use super::{check, conv};
use crate::layer::{layer, ok};
use crate::{Activation, DataFormat, Facts, In, Initializer, Padding, Rule, Weights};

layer! {
    /// A 1-D convolution of each channel by itself: `y = activation(x * kernel + bias)`.
    ///
    /// Input: `[steps, channels]`, the channels fixed. Output: `[steps', channels depth_multiplier]`, with
    /// the lengths of a Conv1D. Weights: kernel `[size, channels, depth_multiplier]` (Glorot uniform), bias
    /// `[channels depth_multiplier]` (zeros) with `use_bias`. Training and inference do the same. Errors: another number of
    /// axes, a window that does not fit, a setting of 0, strides and dilation both above 1.
    DepthwiseConv1D {
        /// Steps in a window.
        kernel_size: [usize; 1],
        /// Steps between windows.
        strides: [usize; 1] = [1],
        /// What happens at the edges.
        padding: Padding = Padding::Valid,
        /// How many channels each one becomes.
        depth_multiplier: usize = 1,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Distance between the taps of a window.
        dilation_rate: [usize; 1] = [1],
        /// Applied to the output.
        activation: Activation = Activation::Linear,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel starts.
        depthwise_initializer: Initializer = Initializer::GlorotUniform,
        /// How the bias starts.
        bias_initializer: Initializer = Initializer::Zeros,
    }
}

impl DepthwiseConv1D {
    const fn geometry(&self, channels: usize) -> conv::Conv<'_> {
        conv::Conv {
            layer: "DepthwiseConv1D",
            filters: channels * self.depth_multiplier,
            kernel_size: &self.kernel_size,
            strides: &self.strides,
            dilation_rate: &self.dilation_rate,
            padding: self.padding,
            groups: channels,
        }
    }

    /// `[steps, channels]` to `[steps', channels depth_multiplier]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("DepthwiseConv1D", 1, x));
        ok!(check::positive("DepthwiseConv1D", "depth_multiplier", self.depth_multiplier));
        self.geometry(ok!(check::channels("DepthwiseConv1D", "channels", input))).outputs(input)
    }

    /// kernel `[size, channels, depth_multiplier]`, bias `[channels depth_multiplier]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let ([size], channels) = (self.kernel_size, x[0].shape.last());
        Weights::NONE
            .with("kernel", &[size, channels, self.depth_multiplier], self.depthwise_initializer)
            .with_if(self.use_bias, "bias", &[channels * self.depth_multiplier], self.bias_initializer)
    }

    /// A multiplication and an addition for each tap of each output value.
    pub const fn flops(&self, x: &[In]) -> usize {
        self.geometry(x[0].shape.last()).flops(&x[0])
    }

    /// Reads its input, and its output to go back through the activation.
    pub const fn facts(&self) -> Facts {
        Facts::activated(self.activation).weighted()
    }
}
