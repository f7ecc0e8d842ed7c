use formwork_shape::layers;

use super::activate::{gate, gate_back};
use super::recurrent::{Cell, Memory, Rnn, Step, StepBack, recurrent, take_single};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Level;
use crate::kernels::recurrent::{self, Gates};
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

/// The cell. A record is what its activation goes back from: h, or the sums.
struct Simple<'a> {
    layer: &'a layers::SimpleRNN,
}

impl<T: Real> Cell<T> for Simple<'_> {
    fn width(&self) -> usize {
        self.layer.units
    }

    fn gates(&self) -> Option<Gates> {
        let activation = self.layer.activation;
        take_single([activation]).then_some(Gates::Simple(recurrent::Simple { activation }))
    }

    fn states(&self) -> usize {
        1
    }

    fn record(&self) -> usize {
        self.layer.units
    }

    #[inline(always)]
    fn forward<const FMA: bool>(&self, level: Level, step: Step<'_, T>) {
        let layer = self.layer;
        let units = layer.units;
        for sample in 0..step.count {
            let h = &mut step.h[sample * units..][..units];
            h.copy_from_slice(&step.sums[sample * step.sums_stride..][..units]);
            let record = &mut step.records[sample * step.record_stride..][..units];
            record.copy_from_slice(h);
            gate::<FMA, T>(level, layer.activation, h, units);
            if !layer.activation.reads_input() {
                record.copy_from_slice(h);
            }
        }
    }

    #[inline(always)]
    fn backward(&self, level: Level, step: StepBack<'_, T>) {
        let layer = self.layer;
        let units = layer.units;
        for sample in 0..step.count {
            let record = &step.records[sample * step.record_stride..][..units];
            let d = &mut step.d[sample * units..][..units];
            let gradients = &mut step.gradients[sample * step.gradient_stride..][..units];
            gate_back(level, layer.activation, record, d.iter().copied(), gradients);
            d.fill(T::zero());
        }
    }
}

recurrent!(SimpleRNN, Simple);

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
