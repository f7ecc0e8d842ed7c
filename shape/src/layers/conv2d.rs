use super::conv;
use crate::layer::layer;
use crate::{Activation, DataFormat, Initializer, Padding};

layer! {
    /// A 2-D convolution (cross-correlation) over an image: `y = activation(x * kernel + bias)`.
    ///
    /// Input: `[height, width, channels]`, the channels fixed. Output: `[height', width', filters]`, where
    /// `n' = ⌊(n - extent) / stride⌋ + 1` with padding = valid, `extent = (size - 1) dilation + 1`, and `⌈n / stride⌉` with
    /// padding = same. Weights: kernel `[height, width, channels / groups, filters]` (Glorot uniform), bias
    /// `[filters]` (zeros) with `use_bias`. Training and inference do the same. Errors: another number of axes, a window
    /// that does not fit, groups that do not divide, a setting of 0, strides and dilation both above 1.
    Conv2D {
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
        /// Into how many groups the channels are split; each is convolved with filters of its own.
        groups: usize = 1,
        /// Applied to the output.
        activation: Activation = Activation::Linear,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel starts.
        kernel_initializer: Initializer = Initializer::GlorotUniform,
        /// How the bias starts.
        bias_initializer: Initializer = Initializer::Zeros,
    }
}

conv::rule!(Conv2D, 2);
