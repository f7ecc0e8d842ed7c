use super::conv_transpose;
use crate::layer::layer;
use crate::{Activation, DataFormat, Initializer, Padding};

layer! {
    /// A transposed convolution: it spreads a sequence as a Conv1D of the same settings gathers it.
    ///
    /// Input: `[steps, features]`, the features fixed. Output: `[steps', filters]`, where `n' = n stride` with
    /// padding = same and `n stride + max(extent - stride, 0)` with padding = valid, `extent = (size - 1) dilation + 1`;
    /// an `output_padding` replaces this by `(n - 1) stride + extent - 2 ⌊extent / 2⌋ + output_padding` and
    /// `(n - 1) stride + extent + output_padding`. Weights: kernel `[size, filters, features]` (Glorot uniform), bias
    /// `[filters]` (zeros) with `use_bias`. Training and inference do the same. Errors: another number of axes, a setting of
    /// 0, strides and dilation both above 1, an `output_padding` that is not below the stride.
    Conv1DTranspose {
        /// The features of the output.
        filters: usize,
        /// Width of the window.
        kernel_size: [usize; 1],
        /// How far the places of the input come to lie apart.
        strides: [usize; 1] = [1],
        /// What happens at the edges.
        padding: Padding = Padding::Valid,
        /// Places added at the end of the output.
        output_padding: Option<[usize; 1]> = None,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Distance between the taps of a window.
        dilation_rate: [usize; 1] = [1],
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

conv_transpose::rule!(Conv1DTranspose, 1);
