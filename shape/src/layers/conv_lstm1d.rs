use super::conv_lstm;
use crate::layer::layer;
use crate::{Activation, DataFormat, Initializer, Padding};

layer! {
    /// An LSTM whose products are 1-D convolutions: at every step, with `z = x * kernel + h * recurrent_kernel + bias` in
    /// four parts i, f, g, o, `c' = σ(f) c + σ(i) a(g)` and `h' = σ(o) a(c')`.
    ///
    /// Input: `[steps, length, channels]`, the steps may be dynamic; then, where given, the states to start
    /// from, h and c (zeros otherwise). Output: `[length', filters]`, or `[steps, length', filters]` with
    /// `return_sequences = true`; then the last states, h and c, with `return_state = true`. The convolution of the input has
    /// the given strides, padding and dilation, and makes the lengths n' as a Conv1D does; that of h keeps them. A masked step
    /// leaves state and output as they were. Weights: kernel `[size, channels, 4 filters]` (Glorot uniform),
    /// recurrent_kernel `[size, filters, 4 filters]` (orthogonal), bias `[4 filters]` (zeros, ones for f).
    /// Training and inference differ in the dropouts only: each gate drops values of its own, the same ones at every step.
    /// Errors: another number of axes, a window that does not fit, a setting of 0, strides and dilation both above 1,
    /// states of another shape.
    /// From: Shi, Chen, Wang, Yeung, Wong, Woo, "Convolutional LSTM Network", 2015.
    ConvLSTM1D {
        /// The channels of state and output.
        filters: usize,
        /// The sides of the window of both convolutions.
        kernel_size: [usize; 1],
        /// Steps between windows over the input.
        strides: [usize; 1] = [1; 1],
        /// What happens at the edges of the input.
        padding: Padding = Padding::Valid,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Distance between the taps of a window over the input.
        dilation_rate: [usize; 1] = [1; 1],
        /// Applied to new content and memory: a.
        activation: Activation = Activation::Tanh,
        /// Applied to the gates: σ.
        recurrent_activation: Activation = Activation::Sigmoid,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel starts.
        kernel_initializer: Initializer = Initializer::GlorotUniform,
        /// How the recurrent kernel starts.
        recurrent_initializer: Initializer = Initializer::Orthogonal(1.0),
        /// How the bias starts.
        bias_initializer: Initializer = Initializer::Zeros,
        /// Whether the bias of the forget gate starts at 1.
        unit_forget_bias: bool = true,
        /// The share of the input that training leaves out, the same at every step.
        dropout: f64 = 0.0,
        /// The share of the state that training hides from the recurrent kernel, the same at every step.
        recurrent_dropout: f64 = 0.0,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
        /// Whether the output has every step, or the last one only.
        return_sequences: bool = false,
        /// Whether the last states are outputs too: h and c.
        return_state: bool = false,
        /// Whether the steps are taken from the last to the first.
        go_backwards: bool = false,
        /// Whether the output of a masked step is 0, or that of the step before.
        zero_output_for_mask: bool = false,
    }
}

conv_lstm::rule!(ConvLSTM1D);
