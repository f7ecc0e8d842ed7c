//! What the convolutional LSTMs share: sequences of images, forward and backward, for any number of spatial axes.
//!
//! The convolution of the input is made of all steps at once, that of the state step by step. Between them each position of
//! each sample is to the cell what a sample is to an LSTM's, which is the same cell.

mod backward;
mod forward;

use std::ops::Range;

use formwork_shape::{Activation, Padding, Shape, layers};

use super::convolution::Convolution;
use super::each;
use super::recurrent::Sequence;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::Pass;
use crate::kernels::Write;
use crate::kernels::conv::Prepared;
use crate::view::View;

/// i, f, g and o.
const GATES: usize = 4;

/// The settings of a convolutional LSTM.
pub(super) struct ConvLstm<'a> {
    pub kernel_size: &'a [usize],
    pub strides: &'a [usize],
    pub dilation_rate: &'a [usize],
    pub padding: Padding,
    pub activation: Activation,
    pub recurrent_activation: Activation,
    /// Its units are the filters.
    pub sequence: Sequence,
}

/// What a pass keeps.
#[derive(Default)]
pub(super) struct Memory<T> {
    /// Of every step of every sample: what the convolution makes of the input, and then the gradients of the sums,
    sums: Buffer<T>,
    /// and the state h as its convolution met it.
    hidden: Buffer<T>,
    /// Of every step, for all samples: what backward needs.
    records: Buffer<T>,
    /// The states of all samples, and what the convolution makes of h.
    states: [Buffer<T>; 2],
    products: Buffer<T>,
    /// The gradients of both states of each position, and of h as its convolution met it.
    d: Buffer<T>,
    dh: Buffer<T>,
    /// The kernels as the convolutions want them, forward and backward.
    prepared: [[Prepared<T>; 2]; 2],
    /// Which steps of each sample, in the order in which they are taken, have an output other than 0.
    shown: Vec<bool>,
    /// What dropout multiplies each number of input and state by, once for each gate.
    factors: [Buffer<T>; 2],
    /// Input and state after dropout, and a gradient before it.
    inputs: Buffer<T>,
    met: Buffer<T>,
    undropped: Buffer<T>,
}

/// The sizes of a pass.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    steps: usize,
    /// Of a step of a sample: its image, that of all gates, and that of a state.
    image: Shape,
    gates: Shape,
    state: Shape,
    filters: usize,
    /// Positions of a state.
    positions: usize,
}

impl ConvLstm<'_> {
    fn sizes<T: Copy>(&self, x: &View<'_, T>) -> Sizes {
        let filters = self.sequence.units;
        let image = x.shape().remove(0);
        let gates = self.of_input(1).output(&image);
        let state = gates.with(gates.rank() - 1, filters);
        let positions = state.size() / filters;
        Sizes { batch: x.batch(), steps: x.shape().dim(0), image, gates, state, filters, positions }
    }

    /// The convolution of the input; after dropout each gate is a group with an input of its own.
    fn of_input(&self, groups: usize) -> Convolution<'_> {
        Convolution {
            kernel_size: self.kernel_size,
            strides: self.strides,
            dilation_rate: self.dilation_rate,
            padding: self.padding,
            groups,
            filters: GATES * self.sequence.units,
            use_bias: self.sequence.use_bias,
            activation: Activation::Linear,
            transposed: false,
        }
    }

    /// The convolution of the state, which keeps its lengths.
    fn of_state(&self, groups: usize) -> Convolution<'_> {
        let ones = &[1; 3][..self.kernel_size.len()];
        Convolution {
            strides: ones,
            dilation_rate: ones,
            padding: Padding::Same,
            use_bias: false,
            ..self.of_input(groups)
        }
    }

    /// The layer whose cell each position has.
    fn cell(&self) -> layers::LSTM {
        layers::LSTM {
            units: self.sequence.units,
            activation: self.activation,
            recurrent_activation: self.recurrent_activation,
            ..layers::LSTM::TEMPLATE
        }
    }
}

/// How many groups a convolution has whose input dropout meets at this rate.
fn groups(rate: f64) -> usize {
    if rate > 0.0 { GATES } else { 1 }
}

/// An image with its channels once for each group.
fn grouped(image: &Shape, groups: usize) -> Shape {
    image.with(image.rank() - 1, groups * image.last())
}

/// The positions of some samples, and which of them a task takes.
impl Sizes {
    /// Into how many tasks the positions of all samples are split.
    fn tasks(&self) -> usize {
        (self.batch * self.gates.size()).div_ceil(each::TASK).min(self.batch * self.positions)
    }

    /// Cuts positions, counted over all samples, into runs of at most `most` that lie in one sample: it, and their places.
    fn runs(&self, places: Range<usize>, most: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
        let (mut rest, positions) = (places, self.positions);
        std::iter::from_fn(move || {
            let sample = rest.start.checked_div(positions).filter(|_| !rest.is_empty())?;
            let end = rest.end.min((sample + 1) * positions).min(rest.start.saturating_add(most));
            let run = rest.start..end;
            rest.start = end;
            Some((sample, run))
        })
    }
}

/// Images, `steps` of each sample, times the factors of each gate: the channels of the first gate, then those of the others.
fn dropped<T: Real>(pass: &Pass<'_>, from: &[T], factors: &[T], (steps, channels): (usize, usize), to: &mut [T]) {
    let (width, image) = (GATES * channels, factors.len() / pass.batch);
    let positions = image / width;
    each::parts(pass.threads, to, width, |place, to| {
        let from = &from[place * channels..][..channels];
        let factors = &factors[place / positions / steps * image + place % positions * width..][..width];
        for (to, factors) in to.chunks_exact_mut(channels).zip(factors.chunks_exact(channels)) {
            to.iter_mut().zip(from.iter().zip(factors)).for_each(|(to, (from, factor))| *to = *from * *factor);
        }
    });
}

/// The gradient before [`dropped`], from that after it.
fn undropped<T: Real>(
    pass: &Pass<'_>,
    from: &[T],
    factors: &[T],
    (steps, channels): (usize, usize),
    (to, write): (&mut [T], Write),
) {
    let (width, image) = (GATES * channels, factors.len() / pass.batch);
    let positions = image / width;
    each::parts(pass.threads, to, channels, |place, to| {
        let from = &from[place * width..][..width];
        let factors = &factors[place / positions / steps * image + place % positions * width..][..width];
        for (channel, to) in to.iter_mut().enumerate() {
            let gates = (channel..width).step_by(channels);
            each::put(write, to, gates.fold(T::zero(), |sum, k| sum + from[k] * factors[k]));
        }
    });
}

/// Makes a layer of it.
macro_rules! kernel {
    ($layer:ident, $dim:ident) => {
        crate::weights::named_weights! {
            $layer {
                kernel / kernel_mut: $dim,
                recurrent_kernel / recurrent_kernel_mut: $dim,
                bias / bias_mut: Ix1 optional,
            }
        }

        fn conv_lstm<'a>(
            layer: &'a formwork_shape::layers::$layer,
            pass: &crate::kernel::Pass<'_>,
        ) -> crate::layer_kernels::conv_lstm::ConvLstm<'a> {
            crate::layer_kernels::conv_lstm::ConvLstm {
                kernel_size: &layer.kernel_size,
                strides: &layer.strides,
                dilation_rate: &layer.dilation_rate,
                padding: layer.padding,
                activation: layer.activation,
                recurrent_activation: layer.recurrent_activation,
                sequence: crate::layer_kernels::recurrent::Sequence {
                    units: layer.filters,
                    use_bias: layer.use_bias,
                    return_sequences: layer.return_sequences,
                    go_backwards: layer.go_backwards,
                    zero_output_for_mask: layer.zero_output_for_mask,
                    dropouts: [layer.dropout, layer.recurrent_dropout].map(|share| pass.randomly(share)),
                },
            }
        }

        impl<T: crate::Real> crate::kernel::Kernel<T> for formwork_shape::layers::$layer {
            fn infer(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &crate::weights::Weights<T>,
                x: &[crate::view::View<'_, T>],
                y: &mut [crate::view::ViewMut<'_, T>],
                work: &mut crate::kernel::Work,
            ) {
                conv_lstm(self, pass).infer(pass, weights, x, y, work.of());
            }

            fn train(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &mut crate::weights::Weights<T>,
                x: &[crate::view::View<'_, T>],
                y: &mut [crate::view::ViewMut<'_, T>],
                work: &mut crate::kernel::Work,
            ) {
                let mut random = work.random(pass, self.seed);
                conv_lstm(self, pass).train(pass, weights, x, y, work.of(), &mut random);
            }

            fn backward(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &crate::weights::Weights<T>,
                step: crate::kernel::Backward<'_, '_, T>,
                work: &mut crate::kernel::Work,
            ) {
                conv_lstm(self, pass).backward(pass, weights, step, work.of());
            }
        }
    };
}

/// The random cases of one.
#[cfg(test)]
macro_rules! cases {
    ($layer:ident, $axes:literal) => {
        crate::layer_kernels::conformance::cases!($layer: (image($axes), 1..4usize, 1..3usize, window($axes), [any::<bool>(); 7], dropouts(), cell_activation(), cell_activation()) => |(image, steps, filters, window, flags, [dropout, recurrent_dropout], activation, recurrent_activation)| {
            let [use_bias, return_sequences, return_state, go_backwards, start, masked, zero_output_for_mask] = flags;
            let (kernel_size, strides, dilation_rate, padding) = window.settings::<$axes>(false);
            let layer = formwork_shape::layers::$layer {
                filters,
                kernel_size,
                strides,
                dilation_rate,
                padding,
                use_bias,
                return_sequences,
                return_state,
                go_backwards,
                zero_output_for_mask,
                dropout,
                recurrent_dropout,
                activation,
                recurrent_activation,
                ..formwork_shape::layers::$layer::TEMPLATE
            };
            let input = image.after(steps);
            let made = layer.outputs(&[formwork_shape::In::new("x", input)]).ok();
            let state = made.map(|outs| outs.get(0).shape).map(|shape| if return_sequences { shape.remove(0) } else { shape });
            let states = state.into_iter().flat_map(|state| [state; 2]).filter(|_| start);
            Case::new(layer, [input].into_iter().chain(states)).masked(masked)
        });
    };
}

#[cfg(test)]
pub(super) use cases;
pub(super) use kernel;
