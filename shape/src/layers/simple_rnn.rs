use super::recurrent::Recurrent;
use crate::layer::layer;
use crate::{Activation, Facts, In, Initializer, Rule, Weights};

layer! {
    /// A recurrent layer without gates: `h' = activation(x · kernel + h · recurrent_kernel + bias)` at every step.
    ///
    /// Input: `[steps, features]`, the steps may be dynamic; then, where given, the state to start from
    /// (zeros otherwise). Output: `[units]`, or `[steps, units]` with `return_sequences = true`; then the last state with
    /// `return_state = true`. A masked step leaves state and output as they were. Weights: kernel `[features, units]` (Glorot uniform), recurrent_kernel
    /// `[units, units]` (orthogonal), bias `[units]` (zeros). Training and inference differ in the dropouts only. Errors: an input that is
    /// no sequence, states of another width.
    SimpleRNN {
        /// The width of state and output.
        units: usize,
        /// Applied to the sum.
        activation: Activation = Activation::Tanh,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel starts.
        kernel_initializer: Initializer = Initializer::GlorotUniform,
        /// How the recurrent kernel starts.
        recurrent_initializer: Initializer = Initializer::Orthogonal(1.0),
        /// How the bias starts.
        bias_initializer: Initializer = Initializer::Zeros,
        /// The share of the features that training leaves out, the same ones at every step.
        dropout: f64 = 0.0,
        /// The share of the state that training hides from the recurrent kernel, the same at every step.
        recurrent_dropout: f64 = 0.0,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
        /// Whether the output has every step, or the last one only.
        return_sequences: bool = false,
        /// Whether the last state is an output too.
        return_state: bool = false,
        /// Whether the steps are taken from the last to the first.
        go_backwards: bool = false,
        /// Whether the output of a masked step is 0, or that of the step before.
        zero_output_for_mask: bool = false,
    }
}

impl SimpleRNN {
    const fn recurrent(&self) -> Recurrent<'_> {
        Recurrent {
            layer: "SimpleRNN",
            units: self.units,
            states: 1,
            return_sequences: self.return_sequences,
            return_state: self.return_state,
            dropouts: [self.dropout, self.recurrent_dropout],
        }
    }

    /// `[steps, features]` to `[units]` or `[steps, units]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        self.recurrent().outputs(x)
    }

    /// kernel `[features, units]`, recurrent_kernel `[units, units]`, bias `[units]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let width = self.units;
        Weights::NONE
            .with("kernel", &[x[0].shape.last(), width], self.kernel_initializer)
            .with("recurrent_kernel", &[self.units, width], self.recurrent_initializer)
            .with_bias(self.use_bias, width, self.bias_initializer)
    }

    /// Twice the weights at every step.
    pub const fn flops(&self, x: &[In]) -> usize {
        self.recurrent().flops(x, 1)
    }

    /// Reads its inputs, and keeps gates and states by itself.
    pub const fn facts(&self) -> Facts {
        Facts { call: &["initial_state"], ..Facts::PLAIN.weighted().masking(self.recurrent().masking()) }
    }
}
