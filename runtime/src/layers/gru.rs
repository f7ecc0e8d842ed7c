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
    GRU {
        kernel / kernel_mut: Ix2,
        recurrent_kernel / recurrent_kernel_mut: Ix2,
        bias / bias_mut: Ix2 optional,
    }
}

/// One step. A record is z, r, the new content, the three products with the recurrent kernel, h. The gradients are
/// those of three sums and three products, and of h before the step.
struct Step<'a> {
    layer: &'a layers::GRU,
    states: [usize; 1],
}

impl<T: Real> Cell<T> for Step<'_> {
    fn record(&self) -> usize {
        7 * self.layer.units
    }

    fn gradients(&self) -> usize {
        7 * self.layer.units
    }

    fn width(&self) -> usize {
        3 * self.layer.units
    }

    fn recurrent(&self) -> usize {
        3 * self.layer.units
    }

    fn states(&self) -> &[usize] {
        &self.states
    }

    fn forward(&self, level: Level, record: &mut [T], before: &[T], _: &[T]) {
        let units = self.layer.units;
        let (gates, rest) = record.split_at_mut(3 * units);
        let (products, h) = rest.split_at_mut(3 * units);
        let (gates, new) = gates.split_at_mut(2 * units);
        gates.iter_mut().zip(&*products).for_each(|(gate, product)| *gate += *product);
        apply(level, self.layer.recurrent_activation, gates);
        for k in 0..units {
            new[k] += gates[units + k] * products[2 * units + k];
        }
        apply(level, self.layer.activation, new);
        for k in 0..units {
            h[k] = gates[k] * before[k] + (T::one() - gates[k]) * new[k];
        }
    }

    fn backward(&self, record: &[T], before: &[T], _: &[T], grads: &mut [T], d: &mut [T]) {
        let units = self.layer.units;
        let (inner, outer) = (self.layer.activation, self.layer.recurrent_activation);
        for k in 0..units {
            let [z, r, new, _, _, product] = std::array::from_fn(|part| record[part * units + k]);
            let dh = d[k];
            let dz = dh * (before[k] - new) * slope(outer, z);
            let dnew = dh * (T::one() - z) * slope(inner, new);
            let dr = dnew * product * slope(outer, r);
            for (part, gradient) in [dz, dr, dnew, dz, dr, dnew * r].into_iter().enumerate() {
                grads[part * units + k] = gradient;
            }
            d[k] = dh * z;
        }
    }
}

fn parts(layer: &layers::GRU) -> (Step<'_>, Sequence) {
    let sequence = Sequence {
        units: layer.units,
        use_bias: layer.use_bias,
        return_sequences: layer.return_sequences,
        go_backwards: layer.go_backwards,
        zero_output_for_mask: layer.zero_output_for_mask,
        dropouts: [layer.dropout, layer.recurrent_dropout],
    };
    (Step { layer, states: [6 * layer.units] }, sequence)
}

recurrent!(GRU);

#[cfg(test)]
super::conformance::cases!(GRU: (shape(2..3), 1..4usize, [any::<bool>(); 7], dropouts(), cell_activation(), cell_activation()) => |(input, units, flags, [dropout, recurrent_dropout], activation, recurrent_activation)| {
    let [use_bias, return_sequences, return_state, go_backwards, start, masked, zero_output_for_mask] = flags;
    let layer = layers::GRU {
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
        ..layers::GRU::TEMPLATE
    };
    let states = std::iter::repeat_n(formwork_shape::Shape::new(&[units]), if start { 1 } else { 0 });
    Case::new(layer, [input].into_iter().chain(states)).masked(masked)
});
