use std::ops::Range;

use super::{AtLevel, Cell, FOLDED, Memory, Sequence, Sizes, Step, few, is_masked, operand, scaled, unmasked_runs};
use crate::Real;
use crate::kernel::Pass;
use crate::kernels::gemm::{Block, Epilogue, Gathered, Matrix, Right, Start, gemm, multiply};
use crate::kernels::{Level, Write, scratch};
use crate::random::Random;
use crate::view::{View, ViewMut, unmasked};
use crate::weights::Variable;

/// What all tasks of a forward pass read.
struct Forward<'a, C, T> {
    sequence: &'a Sequence,
    cell: &'a C,
    sizes: Sizes,
    level: Level,
    /// The inputs, unless their products are made ahead.
    inputs: Option<&'a [T]>,
    kernels: [Right<'a, T>; 2],
    biases: [Option<&'a [T]>; 2],
    /// The states to start from.
    given: &'a [View<'a, T>],
    mask: Option<&'a [T]>,
    shown: &'a [bool],
    /// What h is multiplied by.
    factors: Option<&'a [T]>,
    keep: bool,
}

/// What one task writes, for its samples.
struct Writes<'a, T> {
    records: &'a mut [T],
    hidden: &'a mut [T],
    ahead: &'a mut [T],
    y: &'a mut [T],
    states: [&'a mut [T]; 2],
}

impl Sequence {
    pub fn infer<T: Real>(
        &self,
        cell: &impl Cell<T>,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    ) {
        if few::serve(cell, pass.batch) {
            return self.infer_few(cell, pass, weights, x, y, memory);
        }
        self.forward(None, cell, pass, weights, x, y, memory);
    }

    /// The forward pass in training: with dropout, and with what backward will need.
    #[allow(clippy::too_many_arguments)]
    pub fn train<T: Real>(
        &self,
        cell: &impl Cell<T>,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
        random: &mut Random,
    ) {
        let widths = [x[0].last(), self.units];
        for ((rate, width), factors) in self.dropouts.into_iter().zip(widths).zip(&mut memory.factors) {
            let keep = T::of(1.0 / (1.0 - rate));
            if rate > 0.0 {
                let factors = factors.take(pass.batch * width);
                random.units(factors, |draw| if draw < rate { T::zero() } else { keep });
            }
        }
        self.forward(Some(self.dropouts), cell, pass, weights, x, y, memory);
    }

    /// `dropouts` are given in training.
    #[allow(clippy::too_many_arguments)]
    fn forward<T: Real>(
        &self,
        dropouts: Option<[f64; 2]>,
        cell: &impl Cell<T>,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    ) {
        let (x, mask) = unmasked(x);
        let sizes = Sizes::new(self, cell, &x[0]);
        let Sizes { batch, steps, features, units, width, record, .. } = sizes;
        let Memory { records, hidden, ahead, panels: [first, second, _], shown, factors, inputs, .. } = memory;
        self.show(mask, steps, shown);
        let keep = dropouts.is_some();
        let [from_input, from_state] = dropouts.unwrap_or_default();
        let mut data = x[0].data();
        if from_input > 0.0 {
            let inputs = inputs.take(data.len());
            scaled(pass, data, factors[0].get(batch * features), steps, inputs, Write::Overwrite);
            data = inputs;
        }
        let biases = [0, 1].map(|part| if part == 0 || cell.apart() { self.bias(weights, part, width) } else { None });
        let kernel = Matrix::new(weights[0].data(), features, width);
        let recurrent_kernel = Matrix::new(weights[1].data(), units, width);
        let folded = batch >= FOLDED;
        let ahead = ahead.take(if folded { 0 } else { batch * steps * width });
        if !folded {
            let epilogue = Epilogue { bias: biases[0], activate: None };
            let inputs = Matrix::new(data, batch * steps, features);
            gemm(pass.threads, inputs, kernel, ahead, width, Write::Overwrite, &epilogue);
        }
        let group = sizes.group(pass.threads);
        let forward = Forward {
            sequence: self,
            cell,
            sizes,
            level: pass.threads.level(),
            inputs: folded.then_some(data),
            kernels: [
                if folded { operand(pass.threads, kernel, group, first) } else { kernel.into() },
                operand(pass.threads, recurrent_kernel, group, second),
            ],
            biases,
            given: &x[1..],
            mask,
            shown,
            factors: (from_state > 0.0).then(|| factors[1].get(batch * units)),
            keep,
        };
        let kept = if keep { batch * steps } else { 0 };
        let mut outputs = y.iter_mut().map(|y| &mut *y.data);
        let [y, h, c] = std::array::from_fn(|_| outputs.next().unwrap_or_default());
        let slices = [records.take(kept * record), hidden.take(kept * units), ahead, y, h, c];
        let task = |samples: Range<usize>, [records, hidden, ahead, y, h, c]: [&mut [T]; 6]| {
            forward.group(samples, Writes { records, hidden, ahead, y, states: [h, c] });
        };
        pass.threads.samples_mut(batch, sizes.groups(pass.threads), slices, task);
    }

    /// Notes which steps have an output; none are noted where no step is masked.
    pub(super) fn show<T: Real>(&self, mask: Option<&[T]>, steps: usize, shown: &mut Vec<bool>) {
        shown.clear();
        for mask in mask.iter().flat_map(|mask| mask.chunks_exact(steps.max(1))) {
            let mut seen = false;
            for s in 0..steps {
                let valid = mask[self.time(s, steps)] != T::zero();
                seen = valid || (seen && !self.zero_output_for_mask);
                shown.push(seen);
            }
        }
    }
}

impl<C: Cell<T>, T: Real> Forward<'_, C, T> {
    /// Takes some samples through the whole sequence.
    fn group(&self, samples: Range<usize>, to: Writes<'_, T>) {
        let Sizes { steps, features, units, width, states, record, .. } = self.sizes;
        let count = samples.len();
        let products = if self.cell.apart() { count * width } else { 0 };
        let lengths = [count * width, products, count * states * units, count * record];
        scratch::arrays(lengths, |[sums, products, states_room, records]| {
            scratch::indices(2 * count, |rows| {
                let (input_rows, hidden_rows) = rows.split_at_mut(count);
                let between = if self.keep { steps * units } else { states * units };
                for sample in 0..count {
                    input_rows[sample] = (samples.start + sample) * steps * features;
                    hidden_rows[sample] = sample * between;
                }
                self.steps(samples, [input_rows, hidden_rows], [sums, products, states_room, records], to);
            });
        });
    }

    fn steps(
        &self,
        samples: Range<usize>,
        [input_rows, hidden_rows]: [&[usize]; 2],
        [sums, products, states, record_room]: [&mut [T]; 4],
        to: Writes<'_, T>,
    ) {
        let Sizes { batch, steps, features, units, width, states: kinds, record, .. } = self.sizes;
        let Writes { records, hidden, ahead, y, states: last } = to;
        let count = samples.len();
        for (sample, states) in states.chunks_exact_mut(kinds * units).enumerate() {
            for (kind, state) in states.chunks_exact_mut(units).enumerate() {
                match self.given.get(kind) {
                    Some(given) => state.copy_from_slice(&given.data()[(samples.start + sample) * units..][..units]),
                    None => state.fill(T::zero()),
                }
            }
        }
        for s in 0..steps {
            let time = self.sequence.time(s, steps);
            let (sums, sums_stride) = match self.inputs {
                None => (&mut ahead[time * width..], steps * width),
                Some(inputs) => {
                    let segments = [time * features];
                    let inputs = Gathered::new(inputs, input_rows, &segments, features, 1);
                    let start = self.biases[0].map_or(Start::Zero, Start::Row);
                    multiply(self.level, &inputs, self.kernels[0], &mut Block::new(sums, count, width, width), start);
                    (&mut *sums, width)
                }
            };
            let segments = [if self.keep { time * units } else { 0 }];
            if self.keep {
                self.note(samples.start, states, &mut hidden[time * units..]);
            }
            let h = Gathered::new(if self.keep { hidden } else { states }, hidden_rows, &segments, units, 1);
            let (mut target, start) = if self.cell.apart() {
                let start = self.biases[1].map_or(Start::Zero, Start::Row);
                (Block::new(products, count, width, width), start)
            } else {
                (Block::new(sums, count, width, sums_stride), Start::Destination)
            };
            multiply(self.level, &h, self.kernels[1], &mut target, start);

            let (records, record_stride) =
                if self.keep { (&mut records[time * record..], steps * record) } else { (&mut *record_room, record) };
            let masked = |sample: usize| is_masked(self.mask, (samples.start + sample) * steps + time);
            unmasked_runs(count, masked, |run| {
                let step = Step {
                    count: run.len(),
                    sums: &sums[run.start * sums_stride..],
                    sums_stride,
                    products: products.get(run.start * width..).unwrap_or_default(),
                    states: &mut states[run.start * kinds * units..],
                    factors: self.factors.map(|factors| &factors[(samples.start + run.start) * units..]),
                    records: &mut records[run.start * record_stride..],
                    record_stride,
                };
                self.level.run(AtLevel { cell: self.cell, level: self.level, step });
            });
            if self.sequence.return_sequences {
                let shown = |sample: usize| self.shown.get((samples.start + sample) * steps + s) != Some(&false);
                give(states, kinds, units, &mut y[s * units..], steps * units, shown);
            }
        }
        debug_assert!(samples.end <= batch);
        if !self.sequence.return_sequences {
            let last_step = |sample: usize| (samples.start + sample + 1) * steps - 1;
            let shown = |sample: usize| steps == 0 || self.shown.get(last_step(sample)) != Some(&false);
            give(states, kinds, units, y, units, shown);
        }
        for (kind, last) in last.into_iter().enumerate().filter(|(_, last)| !last.is_empty()) {
            give(&states[kind * units..], kinds, units, last, units, |_| true);
        }
    }

    /// Copies h, after dropout, for the product with the recurrent kernel and for its gradient.
    fn note(&self, first: usize, states: &[T], hidden: &mut [T]) {
        let Sizes { steps, units, states: kinds, .. } = self.sizes;
        for (sample, states) in states.chunks_exact(kinds * units).enumerate() {
            let (h, hidden) = (&states[..units], &mut hidden[sample * steps * units..][..units]);
            match self.factors {
                None => hidden.copy_from_slice(h),
                Some(factors) => {
                    let factors = &factors[(first + sample) * units..][..units];
                    hidden.iter_mut().zip(h.iter().zip(factors)).for_each(|(to, (h, factor))| *to = *h * *factor);
                }
            }
        }
    }
}

/// Copies the first of the states of each sample to rows of `y`, 0 where it is not shown.
pub(super) fn give<T: Real>(
    states: &[T],
    kinds: usize,
    units: usize,
    y: &mut [T],
    stride: usize,
    shown: impl Fn(usize) -> bool,
) {
    for (sample, state) in states.chunks(kinds * units).enumerate() {
        let y = &mut y[sample * stride..][..units];
        if shown(sample) { y.copy_from_slice(&state[..units]) } else { y.fill(T::zero()) }
    }
}
