use super::channelwise;
use crate::layer::layer;
use crate::{Activation, DataFormat, Initializer, Padding};

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

channelwise::depthwise_rule!(DepthwiseConv1D, 1);
