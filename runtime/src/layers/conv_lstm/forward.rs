use std::ops::Range;

use formwork_shape::layers;

use super::{ConvLstm, Memory, Sizes, dropped, grouped, groups};
use crate::Real;
use crate::kernel::Pass;
use crate::kernels::conv::{self, Taps};
use crate::kernels::gemm::Epilogue;
use crate::kernels::{Level, Routine, scratch};
use crate::layer_kernels::lstm::Lstm;
use crate::layer_kernels::recurrent::{Cell, Step, is_masked};
use crate::random::Random;
use crate::view::{View, ViewMut, unmasked};
use crate::weights::Weights;

/// Bytes up to which samples are taken together at inference: what the convolution makes of all their steps at once.
const TOGETHER: usize = if cfg!(test) { 1 << 10 } else { 1 << 25 };

/// Positions whose records are thrown away together at inference.
const BLOCK: usize = if cfg!(test) { 3 } else { 64 };

/// The positions of a step that a task takes.
struct Positions<'a, T> {
    layer: &'a layers::LSTM,
    sizes: Sizes,
    level: Level,
    /// Of all steps of all samples.
    sums: &'a [T],
    mask: Option<&'a [T]>,
    time: usize,
}

/// The positions of a task that lie in one sample.
struct Run<'a, T> {
    layer: &'a layers::LSTM,
    level: Level,
    /// What the convolutions make of the input, and of the state, which becomes the sum of both.
    inputs: &'a [T],
    sums: &'a mut [T],
    h: &'a mut [T],
    c: &'a mut [T],
    records: &'a mut [T],
}

impl<T: Real> Routine for Run<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Run { layer, level, inputs, sums, h, c, records } = self;
        let cell = Lstm { layer };
        sums.iter_mut().zip(inputs).for_each(|(sum, input)| *sum += *input);
        let step = Step {
            count: h.len() / layer.units,
            sums,
            sums_stride: 4 * layer.units,
            products: &[],
            h,
            c,
            factors: None,
            records,
            record_stride: Cell::<T>::record(&cell),
        };
        Cell::<T>::forward::<FMA>(&cell, level, step);
    }
}

impl<T: Real> Positions<'_, T> {
    /// Takes positions, counted over all samples, through a step. No records are kept where there is no room for them.
    fn step(&self, places: Range<usize>, [sums, h, c, records]: [&mut [T]; 4]) {
        let Sizes { steps, positions, filters, .. } = self.sizes;
        let (width, record) = (4 * filters, Cell::<T>::record(&Lstm { layer: self.layer }));
        let keep = !records.is_empty();
        scratch::elements(if keep { 0 } else { BLOCK * record }, |room: &mut [T]| {
            for (sample, run) in self.sizes.runs(places.clone(), if keep { usize::MAX } else { BLOCK }) {
                let step = sample * steps + self.time;
                if is_masked(self.mask, step) {
                    continue;
                }
                let (at, first, count) = (run.start - places.start, run.start - sample * positions, run.len());
                self.level.run(Run {
                    layer: self.layer,
                    level: self.level,
                    inputs: &self.sums[(step * positions + first) * width..][..count * width],
                    sums: &mut sums[at * width..][..count * width],
                    h: &mut h[at * filters..][..count * filters],
                    c: &mut c[at * filters..][..count * filters],
                    records: match keep {
                        true => &mut records[at * record..][..count * record],
                        false => &mut room[..count * record],
                    },
                });
            }
        });
    }
}

impl ConvLstm<'_> {
    pub fn infer<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    ) {
        let sizes = self.sizes(&x[0]);
        let sample = (sizes.steps * sizes.gates.size() * size_of::<T>()).max(1);
        let together = (TOGETHER / sample).clamp(1, sizes.batch.max(1));
        for first in (0..sizes.batch).step_by(together) {
            let samples = first..(first + together).min(sizes.batch);
            let pass = Pass { batch: samples.len(), ..*pass };
            let x: smallvec::SmallVec<[_; 4]> = x.iter().map(|x| x.samples(samples.clone())).collect();
            let mut y = y.iter_mut().map(|y| {
                let size = y.shape().size();
                &mut y.data[samples.start * size..samples.end * size]
            });
            let y = std::array::from_fn(|_| y.next().unwrap_or_default());
            self.forward(None, &pass, weights, &x, y, memory);
        }
    }

    /// The forward pass in training: with dropout, and with what backward will need.
    pub fn train<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
        random: &mut Random,
    ) {
        let Sizes { image, state, .. } = self.sizes(&x[0]);
        let widths = [image, state].map(|image| pass.batch * grouped(&image, super::GATES).size());
        for ((rate, len), factors) in self.sequence.dropouts.into_iter().zip(widths).zip(&mut memory.factors) {
            let keep = T::of(1.0 / (1.0 - rate));
            if rate > 0.0 {
                random.units(factors.take(len), |draw| if draw < rate { T::zero() } else { keep });
            }
        }
        let mut y = y.iter_mut().map(|y| &mut *y.data);
        let y = std::array::from_fn(|_| y.next().unwrap_or_default());
        self.forward(Some(self.sequence.dropouts), pass, weights, x, y, memory);
    }

    /// Output and last states; `dropouts` are given in training.
    fn forward<T: Real>(
        &self,
        dropouts: Option<[f64; 2]>,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        [y, last_h, last_c]: [&mut [T]; 3],
        memory: &mut Memory<T>,
    ) {
        let (x, mask) = unmasked(x);
        let sizes = self.sizes(&x[0]);
        let Sizes { batch, steps, image, gates, state, filters, positions } = sizes;
        let Memory { sums, hidden, records, states, products, prepared, shown, factors, inputs, met, .. } = memory;
        let [[of_input, _], [of_state, _]] = prepared;
        self.sequence.show(mask, steps, shown);
        let keep = dropouts.is_some();
        let [from_input, from_state] = dropouts.unwrap_or_default();

        let mut data = x[0].data();
        if from_input > 0.0 {
            let inputs = inputs.take(super::GATES * data.len());
            let factors = factors[0].get(batch * grouped(&image, super::GATES).size());
            dropped(pass, data, factors, (steps, image.last()), inputs);
            data = inputs;
        }
        let sums = sums.take(batch * steps * gates.size());
        let convolution = self.of_input(groups(from_input));
        let geometry = convolution.sizes(batch * steps, &grouped(&image, groups(from_input)), &gates);
        let taps = Taps { values: weights.data(0), kept: Some((weights.stamp(0), of_input)) };
        let bias = self.sequence.use_bias.then(|| weights.data(2));
        conv::forward(pass.threads, &geometry, data, taps, sums, &Epilogue { bias, activate: None });

        let [h, c] = states.each_mut().map(|state_of| state_of.take(batch * state.size()));
        for (to, given) in [&mut *h, &mut *c].into_iter().zip(1..) {
            match x.get(given) {
                Some(given) => to.copy_from_slice(given.data()),
                None => to.fill(T::zero()),
            }
        }
        let met_shape = grouped(&state, groups(from_state));
        let geometry = self.of_state(groups(from_state)).sizes(batch, &met_shape, &gates);
        let products = products.take(batch * gates.size());
        let (layer, met) = (self.cell(), met.take(if from_state > 0.0 { batch * met_shape.size() } else { 0 }));
        let record = if keep { Cell::<T>::record(&Lstm { layer: &layer }) } else { 0 };
        let hidden = hidden.take(if keep { batch * steps * met_shape.size() } else { 0 });
        let records = records.take(batch * steps * positions * record);
        for s in 0..steps {
            let time = self.sequence.time(s, steps);
            let met = if from_state > 0.0 {
                let factors = factors[1].get(batch * met_shape.size());
                dropped(pass, h, factors, (1, filters), met);
                &*met
            } else {
                &*h
            };
            if keep {
                put_step(met, met_shape.size(), (steps, time), hidden);
            }
            // A state of zeros brings nothing.
            if s == 0 && x.len() == 1 {
                products.fill(T::zero());
            } else {
                let taps = Taps { values: weights.data(1), kept: Some((weights.stamp(1), &mut *of_state)) };
                conv::forward(pass.threads, &geometry, met, taps, products, &Epilogue::none());
            }
            let task = Positions { layer: &layer, sizes, level: pass.threads.level(), sums, mask, time };
            let len = batch * positions * record;
            let slices = [&mut *products, &mut *h, &mut *c, &mut records[s * len..][..len]];
            let count = batch * positions;
            pass.threads.samples_mut(count, sizes.tasks(), slices, |places, slices| task.step(places, slices));
            if self.sequence.return_sequences {
                give(h, state.size(), shown, (steps, s), y, steps);
            }
        }
        if !self.sequence.return_sequences {
            give(h, state.size(), shown, (steps, steps.saturating_sub(1)), y, 1);
        }
        for (last, state) in [last_h, last_c].into_iter().zip([h, c]) {
            let len = last.len();
            last.copy_from_slice(&state[..len]);
        }
    }
}

/// The images of all samples become those of one step among `steps`.
pub(super) fn put_step<T: Real>(from: &[T], size: usize, (steps, time): (usize, usize), to: &mut [T]) {
    for (from, to) in from.chunks_exact(size).zip(to.chunks_exact_mut(steps * size)) {
        to[time * size..][..size].copy_from_slice(from);
    }
}

/// The state of each sample becomes the output of step `s`, 0 where it is not shown; `rows` steps of each have an output.
fn give<T: Real>(h: &[T], size: usize, shown: &[bool], (steps, s): (usize, usize), y: &mut [T], rows: usize) {
    for (sample, h) in h.chunks_exact(size).enumerate() {
        let row = if rows == steps { s } else { 0 };
        let y = &mut y[(sample * rows + row) * size..][..size];
        match shown.get(sample * steps + s) {
            Some(false) => y.fill(T::zero()),
            _ => y.copy_from_slice(h),
        }
    }
}
