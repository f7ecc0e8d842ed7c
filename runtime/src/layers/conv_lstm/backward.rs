use std::ops::Range;

use formwork_shape::layers;

use super::forward::put_step;
use super::{ConvLstm, Memory, Sizes, grouped, groups, undropped};
use crate::Real;
use crate::kernel::{Backward, Pass};
use crate::kernels::conv::{self, Gradient, Taps};
use crate::kernels::gemm::Epilogue;
use crate::kernels::{Level, Routine, Write};
use crate::layer_kernels::each;
use crate::layer_kernels::lstm::Lstm;
use crate::layer_kernels::recurrent::{Cell, StepBack, is_masked};
use crate::view::{View, unmasked};
use crate::weights::Weights;

/// The way back through the positions of a step.
struct Positions<'a, T> {
    layer: &'a layers::LSTM,
    sizes: Sizes,
    level: Level,
    /// Those of all positions of this step.
    records: &'a [T],
    /// What the step after it brings to the gradient of h.
    dh: &'a [T],
    /// The gradient of the output of each step, where there is one.
    dy: Option<&'a [T]>,
    shown: &'a [bool],
    mask: Option<&'a [T]>,
    s: usize,
    time: usize,
}

/// The positions of a task that lie in one sample.
struct Run<'a, T> {
    layer: &'a layers::LSTM,
    level: Level,
    records: &'a [T],
    gradients: &'a mut [T],
    d: &'a mut [T],
}

impl<T: Real> Routine for Run<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Run { layer, level, records, gradients, d } = self;
        let cell = Lstm { layer };
        let step = StepBack {
            count: d.len() / (2 * layer.units),
            records,
            record_stride: Cell::<T>::record(&cell),
            gradients,
            gradient_stride: 4 * layer.units,
            d,
            factors: None,
        };
        Cell::<T>::backward(&cell, level, step);
    }
}

impl<T: Real> Positions<'_, T> {
    /// Makes the gradients of the sums of positions, counted over all samples, and of the states before the step, less what
    /// goes through the convolution.
    fn step(&self, places: Range<usize>, [gradients, d]: [&mut [T]; 2]) {
        let Sizes { steps, positions, filters, .. } = self.sizes;
        let record = Cell::<T>::record(&Lstm { layer: self.layer });
        for (sample, run) in self.sizes.runs(places.clone(), usize::MAX) {
            let (at, count) = (run.start - places.start, run.len());
            let d = &mut d[2 * at * filters..][..2 * count * filters];
            grow(d, &self.dh[run.start * filters..], filters);
            if let Some(dy) = self.dy.filter(|_| self.shown.get(sample * steps + self.s) != Some(&false)) {
                let first = run.start - sample * positions;
                grow(d, &dy[((sample * steps + self.s) * positions + first) * filters..], filters);
            }
            let gradients = &mut gradients[4 * at * filters..][..4 * count * filters];
            if is_masked(self.mask, sample * steps + self.time) {
                gradients.fill(T::zero());
            } else {
                let records = &self.records[run.start * record..][..count * record];
                self.level.run(Run { layer: self.layer, level: self.level, records, gradients, d });
            }
        }
    }
}

/// The gradient of h of each position grows.
fn grow<T: Real>(d: &mut [T], by: &[T], filters: usize) {
    for (d, by) in d.chunks_exact_mut(2 * filters).zip(by.chunks_exact(filters)) {
        d.iter_mut().zip(by).for_each(|(d, by)| *d += *by);
    }
}

impl ConvLstm<'_> {
    pub fn backward<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        mut step: Backward<'_, '_, T>,
        memory: &mut Memory<T>,
    ) {
        let (x, mask) = unmasked(step.x);
        let sizes = self.sizes(&x[0]);
        let Sizes { batch, steps, image, gates, state, filters, positions } = sizes;
        let Memory {
            sums, hidden, records, products, d, dh, prepared, shown, factors, inputs, undropped: room, ..
        } = memory;
        let [[_, of_input], [_, of_state]] = prepared;
        let [from_input, from_state] = self.sequence.dropouts;
        let sums = sums.take(batch * steps * gates.size());
        let (products, d) = (products.take(batch * gates.size()), d.take(2 * batch * state.size()));
        let dh = dh.take(batch * state.size());
        dh.fill(T::zero());
        self.start(&sizes, step.dy, shown, d);

        let layer = self.cell();
        let record = Cell::<T>::record(&Lstm { layer: &layer });
        let met_shape = grouped(&state, groups(from_state));
        let of_states = self.of_state(groups(from_state));
        let (dx, first_states) = step.dx.split_at_mut(1);
        let wanted = first_states.iter_mut().any(|dx| dx.target().is_some());
        for s in (0..steps).rev() {
            let time = self.sequence.time(s, steps);
            let task = Positions {
                layer: &layer,
                sizes,
                level: pass.threads.level(),
                records: &records.get(batch * steps * positions * record)[s * batch * positions * record..],
                dh,
                dy: self.sequence.return_sequences.then(|| step.dy[0].data()),
                shown,
                mask,
                s,
                time,
            };
            let slices = [&mut *products, &mut *d];
            let count = batch * positions;
            pass.threads.samples_mut(count, sizes.tasks(), slices, |places, slices| task.step(places, slices));
            put_step(products, gates.size(), (steps, time), sums);
            if s == 0 && !wanted {
                break;
            }
            let geometry = of_states.sizes(batch, &met_shape, &gates);
            let taps = Taps { values: weights.data(1), kept: Some((weights.stamp(1), &mut *of_state)) };
            let gradient = Gradient::plain(products);
            let to = if from_state > 0.0 { room.take(batch * met_shape.size()) } else { &mut *dh };
            conv::input_gradient(pass.threads, &geometry, &gradient, taps, to, Write::Overwrite, &Epilogue::none());
            if from_state > 0.0 {
                let (from, factors) = (room.get(batch * met_shape.size()), factors[1].get(batch * met_shape.size()));
                undropped(pass, from, factors, (1, filters), (dh, Write::Overwrite));
            }
        }
        for (kind, dx) in first_states.iter_mut().enumerate() {
            let Some((to, write)) = dx.target() else { continue };
            for ((to, d), dh) in
                to.chunks_exact_mut(filters).zip(d.chunks_exact(2 * filters)).zip(dh.chunks_exact(filters))
            {
                for ((to, d), dh) in to.iter_mut().zip(&d[kind * filters..]).zip(dh) {
                    each::put(write, to, if kind == 0 { *d + *dh } else { *d });
                }
            }
        }

        let write = step.dw.write();
        let (kernel, recurrent_kernel) = (step.dw.next(weights.data(0).len()), step.dw.next(weights.data(1).len()));
        let bias = self.sequence.use_bias.then(|| step.dw.next(gates.last()));
        let gradient = Gradient::plain(&*sums);
        let geometry = of_states.sizes(batch * steps, &met_shape, &gates);
        let hidden = hidden.get(batch * steps * met_shape.size());
        conv::weight_gradient(pass.threads, &geometry, hidden, &gradient, recurrent_kernel, None, write);
        let images = grouped(&image, groups(from_input));
        let data = if from_input > 0.0 { inputs.get(batch * steps * images.size()) } else { x[0].data() };
        let geometry = self.of_input(groups(from_input)).sizes(batch * steps, &images, &gates);
        conv::weight_gradient(pass.threads, &geometry, data, &gradient, kernel, bias, write);
        let Some((dx, write)) = dx[0].target() else { return };
        let taps = Taps { values: weights.data(0), kept: Some((weights.stamp(0), of_input)) };
        if from_input > 0.0 {
            let room = room.take(batch * steps * images.size());
            conv::input_gradient(pass.threads, &geometry, &gradient, taps, room, Write::Overwrite, &Epilogue::none());
            let factors = factors[0].get(batch * images.size());
            undropped(pass, room, factors, (steps, image.last()), (dx, write));
        } else {
            conv::input_gradient(pass.threads, &geometry, &gradient, taps, dx, write, &Epilogue::none());
        }
    }

    /// The gradients of the last states, from those of the outputs.
    fn start<T: Real>(&self, sizes: &Sizes, dy: &[View<'_, T>], shown: &[bool], d: &mut [T]) {
        let Sizes { steps, positions, filters, .. } = *sizes;
        d.fill(T::zero());
        for (place, d) in d.chunks_exact_mut(2 * filters).enumerate() {
            for (k, dy) in dy.iter().enumerate() {
                let state = match k {
                    0 if self.sequence.return_sequences => continue,
                    0 if steps > 0 && shown.get(place / positions * steps + steps - 1) == Some(&false) => continue,
                    k => k.saturating_sub(1),
                };
                let dy = &dy.data()[place * filters..][..filters];
                d[state * filters..][..filters].iter_mut().zip(dy).for_each(|(d, dy)| *d += *dy);
            }
        }
    }
}
