mod alone;

use std::ops::Range;

use super::{
    AtLevel, Cell, FOLDED, Memory, NEAR, Sequence, Sizes, Step, few, is_masked, operand, scaled, unmasked_runs,
};
use crate::Real;
use crate::kernel::Pass;
use crate::kernels::gemm::{Block, Gathered, Matrix, Right, Start, multiply};
use crate::kernels::recurrent::{self, Input, Packed, Rows, RowsMut};
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
    inputs: &'a [T],
    sums: Sums<'a, T>,
    /// The states to start from.
    given: &'a [View<'a, T>],
    mask: Option<&'a [T]>,
    shown: &'a [bool],
    /// What h is multiplied by.
    factors: Option<&'a [T]>,
    keep: bool,
}

/// Where sums are made, and of what.
enum Sums<'a, T> {
    InRegisters(&'a Packed<T>),
    InMemory { kernels: [Right<'a, T>; 2], biases: [Option<&'a [T]>; 2] },
}

/// What one task writes, for its samples.
struct Writes<'a, T> {
    records: &'a mut [T],
    met: &'a mut [T],
    y: &'a mut [T],
    states: [&'a mut [T]; 2],
}

/// What one task needs besides.
struct Room<'a, T> {
    /// The states h before and after a step, and c.
    h: &'a mut [T],
    c: &'a mut [T],
    /// Sums of a step in memory, or what the kernel brings to those of all steps in registers.
    sums: &'a mut [T],
    products: &'a mut [T],
    records: &'a mut [T],
    input_rows: &'a [usize],
    met_rows: &'a [usize],
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
        if let Some(gates) = few::gates(self, cell, pass, &x[0]) {
            return self.infer_few(cell, gates, pass, weights, x, y, memory);
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
        let Memory { records, met, panels: [first, second, _], packed, shown, factors, inputs, .. } = memory;
        self.show(mask, steps, shown);
        let keep = dropouts.is_some();
        let [from_input, from_state] = dropouts.unwrap_or_default();
        let mut data = x[0].data();
        if from_input > 0.0 {
            let inputs = inputs.take(data.len());
            scaled(pass, data, factors[0].get(batch * features), steps, inputs, Write::Overwrite);
            data = inputs;
        }
        let sums = match cell.gates() {
            Some(gates) => Sums::InRegisters(packed.of(self, gates, pass, weights)),
            None => {
                let group = sizes.group(pass.threads);
                let kernel = Matrix::new(weights[0].data(), features, width);
                let recurrent_kernel = Matrix::new(weights[1].data(), units, width);
                let apart = [true, cell.apart()];
                Sums::InMemory {
                    kernels: [
                        operand(pass.threads, kernel, group, first),
                        operand(pass.threads, recurrent_kernel, group, second),
                    ],
                    biases: [0, 1].map(|part| if apart[part] { self.bias(weights, part, width) } else { None }),
                }
            }
        };
        let forward = Forward {
            sequence: self,
            cell,
            sizes,
            level: pass.threads.level(),
            inputs: data,
            sums,
            given: &x[1..],
            mask,
            shown,
            factors: (from_state > 0.0).then(|| factors[1].get(batch * units)),
            keep,
        };
        let kept = if keep { batch * steps } else { 0 };
        let mut outputs = y.iter_mut().map(|y| &mut *y.data);
        let [y, h, c] = std::array::from_fn(|_| outputs.next().unwrap_or_default());
        let slices = [records.take(kept * record), met.take(kept * sizes.met), y, h, c];
        let task = |samples: Range<usize>, [records, met, y, h, c]: [&mut [T]; 5]| {
            forward.group(samples, Writes { records, met, y, states: [h, c] });
        };
        pass.threads.samples_mut(batch, sizes.groups(pass.threads), slices, task);
    }

    /// Notes which steps have an output; none are noted where no step is masked.
    pub(in crate::layer_kernels) fn show<T: Real>(&self, mask: Option<&[T]>, steps: usize, shown: &mut Vec<bool>) {
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
        if count == 0 {
            return;
        }
        let [sums, products, record] = match self.sums {
            Sums::InRegisters(packed) if is_ahead(packed, count) => [steps * packed.sums(&(0..packed.panels())), 0, 0],
            Sums::InRegisters(_) => [0; 3],
            Sums::InMemory { .. } => [width, if self.cell.apart() { width } else { 0 }, record],
        };
        if let (1, false, Sums::InRegisters(packed)) = (count, self.keep, &self.sums) {
            let lengths = [units, units, (states - 1) * units, sums];
            return scratch::arrays(lengths, |room| self.alone(packed, samples.start, room, to));
        }
        let lengths = [2 * units, (states - 1) * units, sums, products, record].map(|length| count * length);
        scratch::arrays(lengths, |[h, c, sums, products, records]| {
            scratch::indices(2 * count, |rows| {
                let (input_rows, met_rows) = rows.split_at_mut(count);
                for sample in 0..count {
                    input_rows[sample] = (samples.start + sample) * steps * features;
                    met_rows[sample] = sample * if self.keep { steps * self.sizes.met } else { units };
                }
                self.steps(samples, Room { h, c, sums, products, records, input_rows, met_rows }, to);
            });
        });
    }

    /// The rows of features of some samples at some time.
    fn features(&self, samples: usize, time: usize) -> Rows<'_, T> {
        let Sizes { steps, features, .. } = self.sizes;
        let first = (samples * steps + time) * features;
        Rows::new(&self.inputs[first.min(self.inputs.len())..], steps * features)
    }

    /// The states to start from.
    fn start(&self, samples: &Range<usize>, states: [&mut [T]; 2]) {
        let units = self.sizes.units;
        for (state, given) in states.into_iter().zip([0, 1]) {
            match self.given.get(given) {
                Some(given) => state.copy_from_slice(&given.data()[samples.start * units..samples.end * units]),
                None => state.fill(T::zero()),
            }
        }
    }

    /// Makes what the kernel brings to the sums of all steps, if it is made ahead.
    fn go_ahead(&self, packed: &Packed<T>, samples: &Range<usize>, sums: &mut [T]) {
        if is_ahead(packed, samples.len()) {
            let x = Rows::new(self.features(samples.start, 0).data, self.sizes.features);
            recurrent::ahead(packed, 0..packed.panels(), samples.len() * self.sizes.steps, x, sums);
        }
    }

    fn steps(&self, samples: Range<usize>, room: Room<'_, T>, to: Writes<'_, T>) {
        let Sizes { steps, features, units, met: row, .. } = self.sizes;
        let Writes { records, met: noted, y, states: last } = to;
        let Room { h, c, sums, products, records: record_room, input_rows, met_rows } = room;
        let count = samples.len();
        let (even, odd) = h.split_at_mut(count * units);
        self.start(&samples, [even, c]);
        if let Sums::InRegisters(packed) = self.sums {
            self.go_ahead(packed, &samples, sums);
        }
        for s in 0..steps {
            let time = self.sequence.time(s, steps);
            let (before, after) = if s.is_multiple_of(2) { (&*even, &mut *odd) } else { (&*odd, &mut *even) };
            let met = if self.keep {
                self.note(samples.start, time, before, &mut noted[time * row..]);
                Rows::new(&noted[time * row + features..], steps * row)
            } else {
                Rows::new(before, units)
            };
            if let Sums::InMemory { kernels, biases } = &self.sums {
                self.multiply([kernels[0], kernels[1]], *biases, (input_rows, time), (met, met_rows), [sums, products]);
            }
            let whole = self.mask.is_none();
            if !whole || matches!(self.sums, Sums::InMemory { .. }) {
                after.copy_from_slice(before);
            }
            let masked = |sample: usize| is_masked(self.mask, (samples.start + sample) * steps + time);
            unmasked_runs(count, masked, |run| {
                let from = run.start * units;
                let rows = (run.start * steps + time) * self.sizes.record;
                let record_stride = steps * self.sizes.record;
                match self.sums {
                    Sums::InRegisters(packed) => {
                        let width = packed.sums(&(0..packed.panels()));
                        let input = if is_ahead(packed, count) {
                            Input::Ahead(Rows::new(&sums[(run.start * steps + time) * width..], steps * width))
                        } else {
                            Input::Features(self.features(samples.start + run.start, time))
                        };
                        let step = recurrent::Step {
                            count: run.len(),
                            turned: s % 2 == 1,
                            input,
                            met: Rows::new(&met.data[run.start * met.stride..], met.stride),
                            before: Rows::new(&before[from..], units),
                            after: RowsMut::new(&mut after[from..], units),
                            c: RowsMut::new(c.get_mut(from..).unwrap_or_default(), units),
                            y: (self.sequence.return_sequences && whole)
                                .then(|| RowsMut::new(&mut y[s * units..], steps * units)),
                            records: self.keep.then(|| RowsMut::new(&mut records[rows..], record_stride)),
                        };
                        recurrent::step(packed, 0..packed.panels(), step);
                    }
                    Sums::InMemory { .. } => {
                        let width = self.sizes.width;
                        let (records, record_stride) = if self.keep {
                            (&mut records[rows..], record_stride)
                        } else {
                            (&mut *record_room, self.sizes.record)
                        };
                        let step = Step {
                            count: run.len(),
                            sums: &sums[run.start * width..],
                            sums_stride: width,
                            products: products.get(run.start * width..).unwrap_or_default(),
                            h: &mut after[from..],
                            c: c.get_mut(from..).unwrap_or_default(),
                            factors: self.factors.map(|factors| &factors[samples.start * units + from..]),
                            records,
                            record_stride,
                        };
                        self.level.run(AtLevel { cell: self.cell, level: self.level, step });
                    }
                }
            });
            if self.sequence.return_sequences && (!whole || matches!(self.sums, Sums::InMemory { .. })) {
                let shown = |sample: usize| self.shown.get((samples.start + sample) * steps + s) != Some(&false);
                give(after, units, &mut y[s * units..], steps * units, shown);
            }
        }
        let h = if steps.is_multiple_of(2) { even } else { odd };
        if !self.sequence.return_sequences {
            let last_step = |sample: usize| (samples.start + sample + 1) * steps - 1;
            let shown = |sample: usize| steps == 0 || self.shown.get(last_step(sample)) != Some(&false);
            give(h, units, y, units, shown);
        }
        for (state, last) in [h, c].into_iter().zip(last) {
            let len = last.len();
            last.copy_from_slice(&state[..len]);
        }
    }

    /// Makes the sums of a step in memory.
    fn multiply(
        &self,
        kernels: [Right<'_, T>; 2],
        biases: [Option<&[T]>; 2],
        (input_rows, time): (&[usize], usize),
        (met, met_rows): (Rows<'_, T>, &[usize]),
        [sums, products]: [&mut [T]; 2],
    ) {
        let Sizes { features, units, width, .. } = self.sizes;
        let count = input_rows.len();
        let start = biases.map(|bias| bias.map_or(Start::Zero, Start::Row));
        let segments = [time * features];
        let inputs = Gathered::new(self.inputs, input_rows, &segments, features, 1);
        multiply(self.level, &inputs, kernels[0], &mut Block::new(sums, count, width, width), start[0]);
        let met = Gathered::new(met.data, met_rows, &[0], units, 1);
        let (to, start) = if self.cell.apart() { (products, start[1]) } else { (sums, Start::Destination) };
        multiply(self.level, &met, kernels[1], &mut Block::new(to, count, width, width), start);
    }

    /// Copies the features and h, after dropout, for the product with the recurrent kernel and for the gradients.
    fn note(&self, first: usize, time: usize, h: &[T], met: &mut [T]) {
        let Sizes { steps, features, units, met: row, .. } = self.sizes;
        let x = self.features(first, time);
        for (sample, h) in h.chunks_exact(units).enumerate() {
            let (to, rest) = met[sample * steps * row..][..row].split_at_mut(features);
            to.copy_from_slice(&x.data[sample * x.stride..][..features]);
            let (to, one) = rest.split_at_mut(units);
            match self.factors {
                None => to.copy_from_slice(h),
                Some(factors) => {
                    let factors = &factors[(first + sample) * units..][..units];
                    to.iter_mut().zip(h.iter().zip(factors)).for_each(|(to, (h, factor))| *to = *h * *factor);
                }
            }
            one.fill(T::one());
        }
    }
}

/// Is what the kernel brings to the sums of so many samples made for all steps at once?
fn is_ahead<T: Real>(packed: &Packed<T>, samples: usize) -> bool {
    samples < FOLDED && packed.bytes() > NEAR
}

/// Copies h of each sample to rows of `y`, 0 where it is not shown.
pub(super) fn give<T: Real>(h: &[T], units: usize, y: &mut [T], stride: usize, shown: impl Fn(usize) -> bool) {
    for (sample, h) in h.chunks_exact(units).enumerate() {
        let y = &mut y[sample * stride..][..units];
        if shown(sample) { y.copy_from_slice(h) } else { y.fill(T::zero()) }
    }
}
