use super::{check, conv};
use crate::layer::{layer, ok};
use crate::{Activation, DataFormat, Facts, In, Initializer, Padding, Rule, Weights};

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

impl Conv2D {
    const fn geometry(&self) -> conv::Conv<'_> {
        conv::Conv {
            layer: "Conv2D",
            filters: self.filters,
            kernel_size: &self.kernel_size,
            strides: &self.strides,
            dilation_rate: &self.dilation_rate,
            padding: self.padding,
            groups: self.groups,
        }
    }

    /// `[height, width, channels]` to `[height', width', filters]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        self.geometry().outputs(ok!(check::spatial("Conv2D", 2, x)))
    }

    /// kernel `[height, width, channels / groups, filters]`, bias `[filters]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let [height, width] = self.kernel_size;
        let inputs = x[0].shape.last() / self.groups;
        Weights::NONE
            .with("kernel", &[height, width, inputs, self.filters], self.kernel_initializer)
            .with_if(self.use_bias, "bias", &[self.filters], self.bias_initializer)
    }

    /// A multiplication and an addition for each tap of each output value.
    pub const fn flops(&self, x: &[In]) -> usize {
        self.geometry().flops(&x[0])
    }

    /// Reads its input, and its output to go back through the activation.
    pub const fn facts(&self) -> Facts {
        Facts::activated(self.activation).weighted()
    }
}
