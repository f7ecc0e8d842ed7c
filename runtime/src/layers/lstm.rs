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
    LSTM {
        kernel / kernel_mut: Ix2,
        recurrent_kernel / recurrent_kernel_mut: Ix2,
        bias / bias_mut: Ix1 optional,
    }
}

/// One step. A record is i, f, g, o, c, a(c), h. The gradients are those of the four sums, and of h and c before the
/// step.
struct Step<'a> {
    layer: &'a layers::LSTM,
    states: [usize; 2],
}

impl<T: Real> Cell<T> for Step<'_> {
    fn record(&self) -> usize {
        7 * self.layer.units
    }

    fn gradients(&self) -> usize {
        6 * self.layer.units
    }

    fn width(&self) -> usize {
        4 * self.layer.units
    }

    fn recurrent(&self) -> usize {
        0
    }

    fn states(&self) -> &[usize] {
        &self.states
    }

    fn forward(&self, level: Level, record: &mut [T], _: &[T], before: &[T]) {
        let units = self.layer.units;
        let (gates, rest) = record.split_at_mut(4 * units);
        apply(level, self.layer.recurrent_activation, &mut gates[..2 * units]);
        apply(level, self.layer.activation, &mut gates[2 * units..3 * units]);
        apply(level, self.layer.recurrent_activation, &mut gates[3 * units..]);
        let (c, rest) = rest.split_at_mut(units);
        let (shown, h) = rest.split_at_mut(units);
        for k in 0..units {
            c[k] = gates[units + k] * before[k] + gates[k] * gates[2 * units + k];
        }
        shown.copy_from_slice(c);
        apply(level, self.layer.activation, shown);
        for k in 0..units {
            h[k] = gates[3 * units + k] * shown[k];
        }
    }

    fn backward(&self, record: &[T], _: &[T], before: &[T], grads: &mut [T], d: &mut [T]) {
        let units = self.layer.units;
        let (inner, outer) = (self.layer.activation, self.layer.recurrent_activation);
        for k in 0..units {
            let [i, f, g, o, _, shown] = std::array::from_fn(|part| record[part * units + k]);
            let dh = d[k];
            let dc = d[units + k] + dh * o * slope(inner, shown);
            grads[k] = dc * g * slope(outer, i);
            grads[units + k] = dc * before[k] * slope(outer, f);
            grads[2 * units + k] = dc * i * slope(inner, g);
            grads[3 * units + k] = dh * shown * slope(outer, o);
            d[k] = T::zero();
            d[units + k] = dc * f;
        }
    }
}

fn parts(layer: &layers::LSTM) -> (Step<'_>, Sequence) {
    let sequence = Sequence {
        units: layer.units,
        use_bias: layer.use_bias,
        return_sequences: layer.return_sequences,
        go_backwards: layer.go_backwards,
        zero_output_for_mask: layer.zero_output_for_mask,
        dropouts: [layer.dropout, layer.recurrent_dropout],
    };
    (Step { layer, states: [6 * layer.units, 4 * layer.units] }, sequence)
}

recurrent!(LSTM);

#[cfg(test)]
super::conformance::cases!(LSTM: (shape(2..3), 1..4usize, [any::<bool>(); 7], dropouts(), cell_activation(), cell_activation()) => |(input, units, flags, [dropout, recurrent_dropout], activation, recurrent_activation)| {
    let [use_bias, return_sequences, return_state, go_backwards, start, masked, zero_output_for_mask] = flags;
    let layer = layers::LSTM {
        units,
        use_bias,
        return_sequences,
        return_state,
        go_backwards,
        zero_output_for_mask,
        dropout,
        recurrent_dropout,
        activation,
        recurrent_activation,
        ..layers::LSTM::TEMPLATE
    };
    let states = std::iter::repeat_n(formwork_shape::Shape::new(&[units]), if start { 2 } else { 0 });
    Case::new(layer, [input].into_iter().chain(states)).masked(masked)
});
