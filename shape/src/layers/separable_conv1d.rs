use super::channelwise;
use crate::layer::layer;
use crate::{Activation, DataFormat, Initializer, Padding};

layer! {
    /// A 1-D convolution of each channel by itself, and then one of all channels at each place:
    /// `y = activation((x * depthwise_kernel) · pointwise_kernel + bias)`.
    ///
    /// Input: `[steps, features]`, the features fixed. Output: `[steps', filters]`, with the lengths of a
    /// Conv1D. Weights: depthwise_kernel `[size, features, depth_multiplier]`, pointwise_kernel
    /// `[1, features depth_multiplier, filters]` (both Glorot uniform), bias `[filters]` (zeros) with `use_bias`. Training
    /// and inference do the same. Errors: another number of axes, a window that does not fit, a setting of 0, strides and
    /// dilation both above 1. From: Chollet, "Xception", 2016.
    SeparableConv1D {
        /// The features of the output.
        filters: usize,
        /// Width of the window.
        kernel_size: [usize; 1],
        /// Steps between windows.
        strides: [usize; 1] = [1],
        /// What happens at the edges.
        padding: Padding = Padding::Valid,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Distance between the taps of a window.
        dilation_rate: [usize; 1] = [1],
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

channelwise::separable_rule!(SeparableConv1D, 1);
