mod before;

use formwork_shape::layers;

use super::activate::{self, Given, gate, gate_back};
use super::recurrent::{Cell, Memory, Rnn, Step, StepBack, recurrent, take_single};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Level;
use crate::kernels::recurrent::{self, Gates};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::{Variable, Weights, named_weights};

named_weights! {
    GRU {
        kernel / kernel_mut: Ix2,
        recurrent_kernel / recurrent_kernel_mut: Ix2,
        bias / bias_mut: IxDyn optional,
    }
}

/// The rows of a record, after its first five, that hold what the activations were given, where one of them goes back from
/// that: the sums of z, r and the new content.
#[inline(always)]
fn kept(layer: &layers::GRU) -> usize {
    Given::<()>::kept([layer.activation, layer.recurrent_activation], 3)
}

/// The gradients of `h' = z h + (1 - z) new` with respect to what the activations of z and of the new content were given;
/// `before` is h.
#[inline(always)]
fn mix_back<T: Real>(
    level: Level,
    layer: &layers::GRU,
    given: Given<'_, T>,
    (z, new, before): (&[T], &[T], &[T]),
    dh: &[T],
    (dz, dnew): (&mut [T], &mut [T]),
) {
    let (inner, outer) = (layer.activation, layer.recurrent_activation);
    let terms = dh.iter().zip(before.iter().zip(new));
    gate_back(level, outer, given.known(outer, 0, z), terms.map(|(dh, (before, new))| *dh * (*before - *new)), dz);
    gate_back(level, inner, given.known(inner, 2, new), dh.iter().zip(z).map(|(dh, z)| *dh * (T::one() - *z)), dnew);
}

/// The cell. A record is z, r, the new content, its product with the recurrent kernel, and h before the step.
struct Gru<'a> {
    layer: &'a layers::GRU,
}

impl<T: Real> Cell<T> for Gru<'_> {
    fn width(&self) -> usize {
        3 * self.layer.units
    }

    fn apart(&self) -> bool {
        true
    }

    fn gates(&self) -> Option<Gates> {
        let layers::GRU { activation, recurrent_activation, .. } = *self.layer;
        let gates = Gates::Gru(recurrent::Gru { activation, recurrent_activation });
        take_single([activation, recurrent_activation]).then_some(gates)
    }

    fn states(&self) -> usize {
        1
    }

    fn record(&self) -> usize {
        (5 + kept(self.layer)) * self.layer.units
    }

    #[inline(always)]
    fn forward<const FMA: bool>(&self, level: Level, step: Step<'_, T>) {
        let layer = self.layer;
        let units = layer.units;
        let size = (5 + kept(layer)) * units;
        for sample in 0..step.count {
            let sums = &step.sums[sample * step.sums_stride..][..3 * units];
            let products = &step.products[3 * sample * units..][..3 * units];
            let h = &mut step.h[sample * units..][..units];
            let record = &mut step.records[sample * step.record_stride..][..size];
            let (record, given) = record.split_at_mut(5 * units);
            let (gates, rest) = record.split_at_mut(2 * units);
            let (new, rest) = rest.split_at_mut(units);
            let (product, before) = rest.split_at_mut(units);
            let terms = sums.iter().zip(products);
            gates.iter_mut().zip(terms).for_each(|(gate, (sum, product))| *gate = *sum + *product);
            if size > 5 * units {
                given[..2 * units].copy_from_slice(gates);
            }
            gate::<FMA, T>(level, layer.recurrent_activation, gates, units);
            let (z, r) = gates.split_at(units);
            product.copy_from_slice(&products[2 * units..]);
            let terms = sums[2 * units..].iter().zip(r.iter().zip(&*product));
            new.iter_mut().zip(terms).for_each(|(new, (sum, (r, product)))| *new = *sum + *r * *product);
            if size > 5 * units {
                given[2 * units..].copy_from_slice(new);
            }
            gate::<FMA, T>(level, layer.activation, new, units);
            before.copy_from_slice(h);
            let terms = z.iter().zip(&*new);
            h.iter_mut().zip(terms).for_each(|(h, (z, new))| *h = *z * *h + (T::one() - *z) * *new);
        }
    }

    #[inline(always)]
    fn backward(&self, level: Level, step: StepBack<'_, T>) {
        let layer = self.layer;
        let units = layer.units;
        let outer = layer.recurrent_activation;
        let size = (5 + kept(layer)) * units;
        for sample in 0..step.count {
            let record = &step.records[sample * step.record_stride..][..size];
            let (record, given) = record.split_at(5 * units);
            let given = Given::new(given, units);
            let (gates, rest) = record.split_at(2 * units);
            let (z, r) = gates.split_at(units);
            let (new, rest) = rest.split_at(units);
            let (product, before) = rest.split_at(units);
            let dh = &mut step.d[sample * units..][..units];
            let gradients = &mut step.gradients[sample * step.gradient_stride..][..6 * units];
            let (sums, products) = gradients.split_at_mut(3 * units);
            let (dz, rest) = sums.split_at_mut(units);
            let (dr, dnew) = rest.split_at_mut(units);
            mix_back(level, layer, given, (z, new, before), dh, (dz, dnew));
            gate_back(level, outer, given.known(outer, 1, r), activate::products(dnew, product), dr);
            dh.iter_mut().zip(z).for_each(|(dh, z)| *dh *= *z);
            products.copy_from_slice(sums);
            products[2 * units..].iter_mut().zip(r).for_each(|(product, r)| *product *= *r);
        }
    }
}

recurrent!(kernel GRU);

impl<T: Real> Rnn<T> for layers::GRU {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    ) {
        if !self.reset_after {
            return before::infer(self, pass, weights, x, y, memory);
        }
        sequence(self, pass).infer(&Gru { layer: self }, pass, weights, x, y, memory);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
        random: &mut Random,
    ) {
        if !self.reset_after {
            return before::train(self, pass, weights, x, y, memory, random);
        }
        sequence(self, pass).train(&Gru { layer: self }, pass, weights, x, y, memory, random);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &[Variable<T>], step: Backward<'_, '_, T>, memory: &mut Memory<T>) {
        if !self.reset_after {
            return before::backward(self, pass, weights, step, memory);
        }
        sequence(self, pass).backward(&Gru { layer: self }, pass, weights, step, memory);
    }
}

#[cfg(test)]
super::conformance::cases!(GRU: (shape(2..3), 1..4usize, [any::<bool>(); 8], dropouts(), cell_activation(), cell_activation()) => |(input, units, flags, [dropout, recurrent_dropout], activation, recurrent_activation)| {
    let [use_bias, return_sequences, return_state, go_backwards, start, masked, zero_output_for_mask, reset_after] = flags;
    let layer = layers::GRU {
        units,
        use_bias,
        return_sequences,
        return_state,
        go_backwards,
        zero_output_for_mask,
        dropout,
        recurrent_dropout,
        reset_after,
        activation,
        recurrent_activation,
        ..layers::GRU::TEMPLATE
    };
    let states = std::iter::repeat_n(formwork_shape::Shape::new(&[units]), if start { 1 } else { 0 });
    Case::new(layer, [input].into_iter().chain(states)).masked(masked)
});
