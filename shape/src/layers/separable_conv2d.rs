use super::channelwise;
use crate::layer::layer;
use crate::{Activation, DataFormat, Initializer, Padding};

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

channelwise::separable_rule!(SeparableConv2D, 2);
