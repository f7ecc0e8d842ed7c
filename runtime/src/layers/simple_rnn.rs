use formwork_shape::layers;

use super::activate::{apply, slope};
use super::recurrent::{Cell, Memory, Rnn, Sequence, recurrent};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Level;
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::{Variable, Weights, named_weights};

named_weights! {
    SimpleRNN {
        kernel / kernel_mut: Ix2,
        recurrent_kernel / recurrent_kernel_mut: Ix2,
        bias / bias_mut: Ix1 optional,
    }
}

/// One step. A record is h. The gradients are those of the sum, and of h before the step.
struct Step<'a> {
    layer: &'a layers::SimpleRNN,
    states: [usize; 1],
}

impl<T: Real> Cell<T> for Step<'_> {
    fn record(&self) -> usize {
        self.layer.units
    }

    fn gradients(&self) -> usize {
        2 * self.layer.units
    }

    fn width(&self) -> usize {
        self.layer.units
    }

    fn recurrent(&self) -> usize {
        0
    }

    fn states(&self) -> &[usize] {
        &self.states
    }

    fn forward(&self, level: Level, record: &mut [T], _: &[T], _: &[T]) {
        apply(level, self.layer.activation, record);
    }

    fn backward(&self, record: &[T], _: &[T], _: &[T], grads: &mut [T], d: &mut [T]) {
        for k in 0..self.layer.units {
            grads[k] = d[k] * slope(self.layer.activation, record[k]);
        }
        d.fill(T::zero());
    }
}

fn parts(layer: &layers::SimpleRNN) -> (Step<'_>, Sequence) {
    let sequence = Sequence {
        units: layer.units,
        use_bias: layer.use_bias,
        return_sequences: layer.return_sequences,
        go_backwards: layer.go_backwards,
        zero_output_for_mask: layer.zero_output_for_mask,
        dropouts: [layer.dropout, layer.recurrent_dropout],
    };
    (Step { layer, states: [0] }, sequence)
}

recurrent!(SimpleRNN);

#[cfg(test)]
super::conformance::cases!(SimpleRNN: (shape(2..3), 1..4usize, [any::<bool>(); 7], dropouts(), cell_activation()) => |(input, units, flags, [dropout, recurrent_dropout], activation)| {
    let [use_bias, return_sequences, return_state, go_backwards, start, masked, zero_output_for_mask] = flags;
    let layer = layers::SimpleRNN {
        units,
        use_bias,
        return_sequences,
        return_state,
        go_backwards,
        zero_output_for_mask,
        dropout,
        recurrent_dropout,
        activation,
        ..layers::SimpleRNN::TEMPLATE
    };
    let states = std::iter::repeat_n(formwork_shape::Shape::new(&[units]), if start { 1 } else { 0 });
    Case::new(layer, [input].into_iter().chain(states)).masked(masked)
});
