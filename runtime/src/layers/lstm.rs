use formwork_shape::layers;

use super::activate::{Given, gate, gate_back, products};
use super::recurrent::{Cell, Memory, Rnn, Step, StepBack, recurrent, take_single};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Level;
use crate::kernels::recurrent::{self, Gates};
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

/// The cell. A record is i, f, g, o, a(c) and c before the step, then what the activations were given where one of them
/// goes back from that: the sums and the new c. The states are h and c.
pub(super) struct Lstm<'a> {
    pub layer: &'a layers::LSTM,
}

impl Lstm<'_> {
    /// The rows of a record that hold what the activations were given.
    #[inline(always)]
    fn kept(&self) -> usize {
        Given::<()>::kept([self.layer.activation, self.layer.recurrent_activation], 5)
    }
}

impl<T: Real> Cell<T> for Lstm<'_> {
    fn width(&self) -> usize {
        4 * self.layer.units
    }

    fn gates(&self) -> Option<Gates> {
        let layers::LSTM { activation, recurrent_activation, .. } = *self.layer;
        let gates = Gates::Lstm(recurrent::Lstm { activation, recurrent_activation });
        take_single([activation, recurrent_activation]).then_some(gates)
    }

    fn states(&self) -> usize {
        2
    }

    fn record(&self) -> usize {
        (6 + self.kept()) * self.layer.units
    }

    #[inline(always)]
    fn forward<const FMA: bool>(&self, level: Level, step: Step<'_, T>) {
        let layer = self.layer;
        let units = layer.units;
        let (inner, outer) = (layer.activation, layer.recurrent_activation);
        let kept = self.kept() * units;
        for sample in 0..step.count {
            let sums = &step.sums[sample * step.sums_stride..][..4 * units];
            let (h, c) = (&mut step.h[sample * units..][..units], &mut step.c[sample * units..][..units]);
            let record = &mut step.records[sample * step.record_stride..][..6 * units + kept];
            let (record, given) = record.split_at_mut(6 * units);
            let (gates, rest) = record.split_at_mut(4 * units);
            let (shown, before) = rest.split_at_mut(units);
            gates.copy_from_slice(sums);
            gate::<FMA, T>(level, outer, &mut gates[..2 * units], units);
            gate::<FMA, T>(level, inner, &mut gates[2 * units..3 * units], units);
            gate::<FMA, T>(level, outer, &mut gates[3 * units..], units);
            before.copy_from_slice(c);
            let (i, f, g, o) = quarters(gates);
            let terms = f.iter().zip(i.iter().zip(g));
            c.iter_mut().zip(terms).for_each(|(c, (f, (i, g)))| *c = *f * *c + *i * *g);
            shown.copy_from_slice(c);
            gate::<FMA, T>(level, inner, shown, units);
            if kept > 0 {
                given[..4 * units].copy_from_slice(sums);
                given[4 * units..].copy_from_slice(c);
            }
            h.iter_mut().zip(o.iter().zip(&*shown)).for_each(|(h, (o, shown))| *h = *o * *shown);
        }
    }

    #[inline(always)]
    fn backward(&self, level: Level, step: StepBack<'_, T>) {
        let layer = self.layer;
        let units = layer.units;
        let (inner, outer) = (layer.activation, layer.recurrent_activation);
        let kept = self.kept() * units;
        for sample in 0..step.count {
            let record = &step.records[sample * step.record_stride..][..6 * units + kept];
            let (record, given) = record.split_at(6 * units);
            let given = Given::new(given, units);
            let (gates, rest) = record.split_at(4 * units);
            let (i, f, g, o) = quarters(gates);
            let (shown, before) = rest.split_at(units);
            let (dh, dc) = step.d[2 * sample * units..][..2 * units].split_at_mut(units);
            let gradients = &mut step.gradients[sample * step.gradient_stride..][..4 * units];
            let (first, second) = gradients.split_at_mut(2 * units);
            let ((di, df), (dg, d_o)) = (first.split_at_mut(units), second.split_at_mut(units));
            gate_back(level, inner, given.known(inner, 4, shown), products(dh, o), di);
            dc.iter_mut().zip(&*di).for_each(|(dc, d)| *dc += *d);
            gate_back(level, outer, given.known(outer, 0, i), products(dc, g), di);
            gate_back(level, outer, given.known(outer, 1, f), products(dc, before), df);
            gate_back(level, inner, given.known(inner, 2, g), products(dc, i), dg);
            gate_back(level, outer, given.known(outer, 3, o), products(dh, shown), d_o);
            dc.iter_mut().zip(f).for_each(|(dc, f)| *dc *= *f);
            dh.fill(T::zero());
        }
    }
}

/// i, f, g and o.
#[inline(always)]
fn quarters<T>(gates: &[T]) -> (&[T], &[T], &[T], &[T]) {
    let (first, second) = gates.split_at(gates.len() / 2);
    let ((i, f), (g, o)) = (first.split_at(first.len() / 2), second.split_at(second.len() / 2));
    (i, f, g, o)
}

recurrent!(LSTM, Lstm);

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
