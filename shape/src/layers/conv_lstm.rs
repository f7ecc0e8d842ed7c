//! The rule that the convolutional LSTMs share, for any number of spatial axes.

use super::check;
use super::conv::{self, Conv};
use crate::layer::ok;
use crate::{Facts, In, Initializer, Masking, Msg, Outs, Padding, Rule, Shape, Weights};

pub(super) struct ConvLstm<'a> {
    pub layer: &'a str,
    pub filters: usize,
    pub kernel_size: &'a [usize],
    pub strides: &'a [usize],
    pub dilation_rate: &'a [usize],
    pub padding: Padding,
    pub use_bias: bool,
    /// Of the kernel, the recurrent kernel and the bias.
    pub initializers: [Initializer; 3],
    pub unit_forget_bias: bool,
    pub return_sequences: bool,
    pub return_state: bool,
    pub dropouts: [f64; 2],
}

impl ConvLstm<'_> {
    /// The convolution of one step's input.
    const fn of_input(&self, filters: usize) -> Conv<'_> {
        Conv {
            layer: self.layer,
            filters,
            kernel_size: self.kernel_size,
            strides: self.strides,
            dilation_rate: self.dilation_rate,
            padding: self.padding,
            groups: 1,
        }
    }

    /// `[steps, .., channels]`, and the states to start from where they are given, to `[.., filters]` or
    /// `[steps, .., filters]`, and the last states where they are wanted. A mask may follow the inputs.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let (x, mask) = check::unmasked(x);
        if x.len() != 1 && x.len() != 3 {
            return Err(Msg::new(self.layer)
                .text(" takes a sequence, or a sequence and the states h and c to start from, but ")
                .number(x.len())
                .text(" inputs were given")
                .hint("give both states after the sequence: (x, initial_state = (h, c))"));
        }
        ok!(self.settings());
        let input = ok!(self.sequence(&x[0]));
        ok!(check::channels(self.layer, "channels", input));
        if let Some(mask) = mask {
            ok!(check::one_a_step(self.layer, input, mask));
        }
        let state = match self.of_input(self.filters).outputs(&step(input)) {
            Ok(outs) => outs.get(0).shape,
            Err(message) => return Err(message.remark(&Msg::new("at each step of ").of_shape(input))),
        };
        let mut i = 1;
        while i < x.len() {
            ok!(check::numbers(self.layer, &x[i]));
            if !x[i].shape.compatible(&state) {
                return Err(Msg::new(self.layer)
                    .text(" starts from states of shape ")
                    .shape(&state)
                    .text(", that of what its convolution makes of a step, but ")
                    .input(&x[i])
                    .hint("take the states of a layer of as many filters over images of the same size"));
            }
            i += 1;
        }
        let mut outs = Outs::one(if self.return_sequences { state.after(input.shape.dim(0)) } else { state });
        if self.return_state {
            outs = outs.and(state).and(state);
        }
        Ok(outs)
    }

    const fn settings(&self) -> Result<(), Msg> {
        ok!(check::positive(self.layer, "filters", self.filters));
        ok!(check::not_causal(self.layer, self.padding));
        ok!(conv::windows(self.layer, "kernel_size", self.kernel_size, self.strides, self.dilation_rate));
        ok!(check::share(self.layer, "dropout", self.dropouts[0]));
        check::share(self.layer, "recurrent_dropout", self.dropouts[1])
    }

    const fn sequence<'i>(&self, input: &'i In) -> Result<&'i In, Msg> {
        ok!(check::numbers(self.layer, input));
        let axes = self.kernel_size.len();
        let rank = input.shape.rank();
        if rank == axes + 2 {
            return Ok(input);
        }
        let m = Msg::new(self.layer).text(match axes {
            1 => " takes a sequence of rows [steps, length, channels], but ",
            2 => " takes a sequence of images [steps, height, width, channels], but ",
            _ => " takes a sequence of volumes [steps, depth, height, width, channels], but ",
        });
        let m = m.input(input);
        Err(m.hint(match (axes, rank) {
            (1, 2) => {
                "a missing axis of channels is added with Reshape((steps, length, 1)); for steps of features use LSTM"
            }
            (2, 3) => {
                "an image has no steps: give the input an axis of them, or a missing axis of channels with \
                 Reshape((steps, height, width, 1)); ConvLSTM1D takes [steps, length, channels]"
            }
            (3, 4) => {
                "a missing axis of channels is added with Reshape((steps, depth, height, width, 1)); \
                 for images use ConvLSTM2D"
            }
            (1, 4) => "for images use ConvLSTM2D",
            (1 | 2, 5) => {
                "for volumes use ConvLSTM3D; if the first axis is the batch, leave it out of the input's shape"
            }
            (1, _) => "give the numbers their places first with Reshape((steps, length, channels))",
            (2, _) => "give the numbers their places first with Reshape((steps, height, width, channels))",
            _ => "give the numbers their places first with Reshape((steps, depth, height, width, channels))",
        }))
    }

    /// kernel `[.., channels, 4 filters]`, recurrent_kernel `[.., filters, 4 filters]`, bias `[4 filters]`; gates in the
    /// order i, f, g, o.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let width = 4 * self.filters;
        let [kernel, recurrent, bias] = self.initializers;
        let bias = if self.unit_forget_bias { Initializer::UnitForgetBias } else { bias };
        Weights::NONE
            .with("kernel", conv::kernel(self.kernel_size, x[0].shape.last(), width).dims(), kernel)
            .with("recurrent_kernel", conv::kernel(self.kernel_size, self.filters, width).dims(), recurrent)
            .with_bias(self.use_bias, width, bias)
    }

    /// Twice the taps of the gates of every position, at every step.
    pub const fn flops(&self, x: &[In]) -> usize {
        let input = self.of_input(4 * self.filters);
        let step = step(&x[0]);
        let Ok(outs) = input.outputs(&step) else { return 0 };
        let taps = Shape::new(self.kernel_size).size();
        let of_state = (2 * taps * self.filters).saturating_mul(outs.get(0).shape.size());
        let steps = Shape::new(&[x[0].shape.dim(0)]).size();
        steps.saturating_mul(input.flops(&step).saturating_add(of_state))
    }

    /// Reads its inputs, and keeps gates and states by itself. Masked steps are skipped; the output has steps where all of
    /// them are returned.
    pub const fn facts(&self) -> Facts {
        let masking = if self.return_sequences { Masking::ReadsAndPasses } else { Masking::Reads };
        Facts { call: &["initial_state"], ..Facts::PLAIN.weighted().masking(masking) }
    }
}

/// One step of the input.
const fn step(input: &In) -> In {
    In { name: input.name, shape: input.shape.remove(0), kind: input.kind, axes: input.axes }
}

/// The rule of a convolutional LSTM, which says nothing else for any number of axes.
macro_rules! rule {
    ($layer:ident) => {
        impl $layer {
            const fn rule(&self) -> super::conv_lstm::ConvLstm<'_> {
                super::conv_lstm::ConvLstm {
                    layer: $layer::NAME,
                    filters: self.filters,
                    kernel_size: &self.kernel_size,
                    strides: &self.strides,
                    dilation_rate: &self.dilation_rate,
                    padding: self.padding,
                    use_bias: self.use_bias,
                    initializers: [self.kernel_initializer, self.recurrent_initializer, self.bias_initializer],
                    unit_forget_bias: self.unit_forget_bias,
                    return_sequences: self.return_sequences,
                    return_state: self.return_state,
                    dropouts: [self.dropout, self.recurrent_dropout],
                }
            }

            /// `[steps, .., channels]` to `[.., filters]` or `[steps, .., filters]`.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                self.rule().outputs(x)
            }

            /// kernel, recurrent_kernel and bias; gates in the order i, f, g, o.
            pub const fn weights(&self, x: &[$crate::In]) -> $crate::Weights {
                self.rule().weights(x)
            }

            /// Twice the taps of the gates of every position, at every step.
            pub const fn flops(&self, x: &[$crate::In]) -> usize {
                self.rule().flops(x)
            }

            /// Reads its inputs, and keeps gates and states by itself.
            pub const fn facts(&self) -> $crate::Facts {
                self.rule().facts()
            }
        }
    };
}

pub(super) use rule;
