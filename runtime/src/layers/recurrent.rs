//! What the recurrent layers share: the loop over the steps, forward and backward.
//!
//! Every step of every sample has a record. Its head holds the gates, first as sums and then activated; the cell decides
//! about the rest. Products of all steps at once are made outside of the loop.
//!
//! A masked step hands the states on as they were. Its output is that of the step before, 0 if there is none.

use super::{columns, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass};
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::kernels::{Level, Write};
use crate::random::Random;
use crate::view::{View, ViewMut, unmasked};
use crate::weights::Variable;

/// What happens in one step of one sample.
pub(super) trait Cell<T: Real>: Sync {
    /// The numbers of a record.
    fn record(&self) -> usize;

    /// The numbers of a record of gradients: first those of the sums, at the end those of the states.
    fn gradients(&self) -> usize;

    /// The width of the kernels.
    fn width(&self) -> usize;

    /// Where the products with the recurrent kernel go in a record, and where their gradients are in a record of
    /// gradients. At 0 they are added to those with the kernel.
    fn recurrent(&self) -> usize;

    /// Where the states are in a record: h, c.
    fn states(&self) -> &[usize];

    /// Turns the sums in `record` into gates and new states. `h` and `c` are the states before this step.
    fn forward(&self, level: Level, record: &mut [T], h: &[T], c: &[T]);

    /// Makes `grads` from the gradients `d` of the new states, and leaves in `d` those of the states before this step,
    /// less what goes through the recurrent kernel.
    fn backward(&self, record: &[T], h: &[T], c: &[T], grads: &mut [T], d: &mut [T]);
}

/// How the layer's inputs and outputs are used.
#[derive(Clone, Copy)]
pub(super) struct Sequence {
    pub units: usize,
    pub use_bias: bool,
    pub return_sequences: bool,
    pub go_backwards: bool,
    pub zero_output_for_mask: bool,
    /// The shares of features and of the state that training drops.
    pub dropouts: [f64; 2],
}

/// What a pass keeps.
#[derive(Default)]
pub(super) struct Memory<T> {
    records: Buffer<T>,
    /// h before each step.
    before: Buffer<T>,
    /// The states to start from: h, c.
    start: Buffer<T>,
    gradients: Buffer<T>,
    /// The gradients of the states: h, c.
    d: Buffer<T>,
    partial: Buffer<T>,
    /// Which steps of each sample, in the order in which they are taken, have an output other than 0.
    shown: Vec<bool>,
    /// What the features and the state of each sample are multiplied by.
    factors: [Buffer<T>; 2],
    /// The inputs after dropout.
    inputs: Buffer<T>,
    /// h before each step, after dropout.
    hidden: Buffer<T>,
    /// Gradients before dropout.
    undropped: Buffer<T>,
}

/// Is it a masked step of a sample?
fn is_masked<T: Real>(mask: Option<&[T]>, place: usize) -> bool {
    mask.is_some_and(|mask| mask[place] == T::zero())
}

/// The rows of each sample times its factors.
fn scaled<T: Real>(pass: &Pass<'_>, from: &[T], factors: &[T], steps: usize, to: &mut [T], write: Write) {
    let width = factors.len() / pass.batch;
    each::parts(pass.threads, to, width, |row, to| {
        let (from, factors) = (&from[row * width..][..width], &factors[row / steps * width..][..width]);
        to.iter_mut()
            .zip(from.iter().zip(factors))
            .for_each(|(to, (from, factor))| each::put(write, to, *from * *factor));
    });
}

/// The rows of a matrix that lies in records: `cols` numbers from `first` on, every `stride` numbers.
fn rows<T>(data: &[T], rows: usize, cols: usize, first: usize, stride: usize) -> Matrix<'_, T> {
    Matrix { data: &data[first.min(data.len())..], rows, cols, row_stride: stride, col_stride: 1 }
}

/// The record at `time`, and the one at `last`.
fn two<T>(records: &mut [T], time: usize, last: Option<usize>, len: usize) -> (&mut [T], Option<&[T]>) {
    match last {
        None => (&mut records[time * len..][..len], None),
        Some(last) if last < time => {
            let (head, tail) = records.split_at_mut(time * len);
            (&mut tail[..len], Some(&head[last * len..][..len]))
        }
        Some(last) => {
            let (head, tail) = records.split_at_mut(last * len);
            (&mut head[time * len..][..len], Some(&tail[..len]))
        }
    }
}

impl Sequence {
    /// The place of step `s` in time.
    fn time(&self, s: usize, steps: usize) -> usize {
        if self.go_backwards { steps - 1 - s } else { s }
    }

    pub fn forward<T: Real>(
        &self,
        cell: &impl Cell<T>,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    ) {
        self.run([0.0; 2], cell, pass, weights, x, y, memory);
    }

    /// The forward pass in training: with dropout.
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
                factors.fill_with(|| if random.unit() < rate { T::zero() } else { keep });
            }
        }
        self.run(self.dropouts, cell, pass, weights, x, y, memory);
    }

    #[allow(clippy::too_many_arguments)]
    fn run<T: Real>(
        &self,
        dropouts: [f64; 2],
        cell: &impl Cell<T>,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    ) {
        let (x, mask) = unmasked(x);
        let (batch, steps, features) = (x[0].batch(), x[0].shape().dim(0), x[0].last());
        let (units, width, record) = (self.units, cell.width(), cell.record());
        let states = cell.states().len();
        let Memory { records, before, start, shown, factors, inputs, hidden, .. } = memory;
        let (records, before) = (records.take(batch * steps * record), before.take(batch * steps * units));
        let start = start.take(states * batch * units);
        start.fill(T::zero());
        for (start, x) in start.chunks_exact_mut((batch * units).max(1)).zip(&x[1..]) {
            start.copy_from_slice(x.data());
        }
        let bias = |part: usize| self.use_bias.then(|| &weights[2].data()[part * width..(part + 1) * width]);
        let mut data = x[0].data();
        if dropouts[0] > 0.0 {
            let inputs = inputs.take(data.len());
            scaled(pass, data, factors[0].get(batch * features), steps, inputs, Write::Overwrite);
            data = inputs;
        }
        let inputs = Matrix::new(data, batch * steps, features);
        let hidden = hidden.take(if dropouts[1] > 0.0 { before.len() } else { 0 });
        let kernel = Matrix::new(weights[0].data(), features, width);
        let epilogue = Epilogue { bias: bias(0), activate: None };
        gemm(pass.threads, inputs, kernel, records, record, Write::Overwrite, &epilogue);

        let recurrent_kernel = Matrix::new(weights[1].data(), units, width);
        let apart = cell.recurrent() > 0;
        let epilogue = Epilogue { bias: if apart { bias(1) } else { None }, activate: None };
        let write = if apart { Write::Overwrite } else { Write::Add };
        for s in 0..steps {
            let time = self.time(s, steps);
            let last = s.checked_sub(1).map(|s| self.time(s, steps));
            for sample in 0..batch {
                let from = match last {
                    Some(last) => &records[(sample * steps + last) * record + cell.states()[0]..],
                    None => &start[sample * units..],
                };
                let at = (sample * steps + time) * units;
                before[at..at + units].copy_from_slice(&from[..units]);
                if dropouts[1] > 0.0 {
                    let factors = &factors[1].get(batch * units)[sample * units..][..units];
                    let terms = before[at..at + units].iter().zip(factors);
                    hidden[at..at + units].iter_mut().zip(terms).for_each(|(to, (h, factor))| *to = *h * *factor);
                }
            }
            let h = if dropouts[1] > 0.0 { &*hidden } else { &*before };
            let h = rows(h, batch, units, time * units, steps * units);
            let at = time * record + cell.recurrent();
            gemm(pass.threads, h, recurrent_kernel, &mut records[at..], steps * record, write, &epilogue);
            let (before, start) = (&*before, &*start);
            each::parts(pass.threads, records, steps * record, |sample, records| {
                let (now, last) = two(records, time, last, record);
                let h = &before[(sample * steps + time) * units..][..units];
                // c is in the record of the step before.
                let c = match (cell.states().get(1), last) {
                    (Some(at), Some(last)) => &last[*at..at + units],
                    (Some(_), None) => &start[(batch + sample) * units..][..units],
                    (None, _) => &[],
                };
                if is_masked(mask, sample * steps + time) {
                    for (at, old) in cell.states().iter().zip([h, c]) {
                        now[*at..at + units].copy_from_slice(old);
                    }
                } else {
                    cell.forward(pass.threads.level(), now, h, c);
                }
            });
        }
        self.show(mask, steps, shown);
        self.give(cell, (steps, states, batch), (records, start), shown, y);
    }

    /// Notes which steps have an output; none are noted where no step is masked.
    fn show<T: Real>(&self, mask: Option<&[T]>, steps: usize, shown: &mut Vec<bool>) {
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

    /// Copies the states that are outputs.
    fn give<T: Real>(
        &self,
        cell: &impl Cell<T>,
        (steps, states, batch): (usize, usize, usize),
        (records, start): (&[T], &[T]),
        shown: &[bool],
        y: &mut [ViewMut<'_, T>],
    ) {
        let (units, record) = (self.units, cell.record());
        let state = |sample: usize, s: usize, k: usize| {
            let at = (sample * steps + self.time(s, steps)) * record + cell.states()[k];
            &records[at..at + units]
        };
        let last = |sample: usize, k: usize| match steps {
            0 => &start[(k * batch + sample) * units..][..units],
            _ => state(sample, steps - 1, k),
        };
        if self.return_sequences {
            for (row, y) in y[0].data.chunks_exact_mut(units).enumerate() {
                match shown.get(row) {
                    Some(false) => y.fill(T::zero()),
                    _ => y.copy_from_slice(state(row / steps, row % steps, 0)),
                }
            }
        } else {
            for (sample, y) in y[0].data.chunks_exact_mut(units).enumerate() {
                match shown.get((sample + 1) * steps - 1) {
                    Some(false) => y.fill(T::zero()),
                    _ => y.copy_from_slice(last(sample, 0)),
                }
            }
        }
        for (k, y) in y[1..].iter_mut().enumerate().take(states) {
            for (sample, y) in y.data.chunks_exact_mut(units).enumerate() {
                y.copy_from_slice(last(sample, k));
            }
        }
    }

    pub fn backward<T: Real>(
        &self,
        cell: &impl Cell<T>,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        mut step: Backward<'_, '_, T>,
        memory: &mut Memory<T>,
    ) {
        let (batch, steps, features) = (step.x[0].batch(), step.x[0].shape().dim(0), step.x[0].last());
        let (units, width, record, size) = (self.units, cell.width(), cell.record(), cell.gradients());
        let states = cell.states().len();
        let (x, mask) = unmasked(step.x);
        let Memory { records, before, start, gradients, d, partial, shown, factors, inputs, hidden, undropped } =
            memory;
        let (records, before) = (records.get(batch * steps * record), before.get(batch * steps * units));
        let start = start.get(states * batch * units);
        let gradients = gradients.take(batch * steps * size);
        // A sample's gradients of h and of c lie together.
        let d = d.take(batch * states * units);
        d.fill(T::zero());
        let mut add = |sample: usize, k: usize, from: &[T]| {
            let d = &mut d[(sample * states + k) * units..][..units];
            d.iter_mut().zip(from).for_each(|(d, from)| *d += *from);
        };
        for sample in 0..batch {
            for (k, dy) in step.dy.iter().enumerate() {
                match (k, self.return_sequences) {
                    (0, true) => {}
                    (0, false) if shown.get((sample + 1) * steps - 1) == Some(&false) => {}
                    (0, false) => add(sample, 0, &dy.data()[sample * units..]),
                    (k, _) => add(sample, k - 1, &dy.data()[sample * units..]),
                }
            }
        }
        let recurrent_kernel = Matrix::new(weights[1].data(), units, width);
        for s in (0..steps).rev() {
            let time = self.time(s, steps);
            let last = s.checked_sub(1).map(|s| self.time(s, steps));
            if self.return_sequences {
                for sample in (0..batch).filter(|sample| shown.get(sample * steps + s) != Some(&false)) {
                    let dy = &step.dy[0].data()[(sample * steps + s) * units..][..units];
                    let d = &mut d[sample * states * units..][..units];
                    d.iter_mut().zip(dy).for_each(|(d, dy)| *d += *dy);
                }
            }
            // The cell leaves the gradients of the states before the step behind those of the sums, and they are taken
            // over when all samples are done.
            let d_now = &*d;
            each::parts(pass.threads, gradients, steps * size, |sample, grads| {
                let (grads, after) = grads[time * size..][..size].split_at_mut(size - states * units);
                let now = &records[(sample * steps + time) * record..][..record];
                let h = &before[(sample * steps + time) * units..][..units];
                let c = match (cell.states().get(1), last) {
                    (Some(at), Some(last)) => &records[(sample * steps + last) * record + at..][..units],
                    (Some(_), None) => &start[(batch + sample) * units..][..units],
                    (None, _) => &[],
                };
                after.copy_from_slice(&d_now[sample * states * units..][..states * units]);
                if is_masked(mask, sample * steps + time) {
                    grads.fill(T::zero());
                } else {
                    cell.backward(now, h, c, grads, after);
                }
            });
            for sample in 0..batch {
                let at = (sample * steps + time) * size + size - states * units;
                d[sample * states * units..][..states * units].copy_from_slice(&gradients[at..at + states * units]);
            }
            let sums = rows(gradients, batch, width, time * size + cell.recurrent(), steps * size);
            let kernel = recurrent_kernel.transposed();
            if self.dropouts[1] > 0.0 {
                let before_dropout = undropped.take(batch * units);
                gemm(pass.threads, sums, kernel, before_dropout, units, Write::Overwrite, &Epilogue::none());
                let factors = factors[1].get(batch * units).chunks_exact(units);
                for (d, terms) in
                    d.chunks_exact_mut(states * units).zip(before_dropout.chunks_exact(units).zip(factors))
                {
                    d.iter_mut().zip(terms.0.iter().zip(terms.1)).for_each(|(d, (new, factor))| *d += *new * *factor);
                }
            } else {
                gemm(pass.threads, sums, kernel, d, states * units, Write::Add, &Epilogue::none());
            }
        }

        let write = step.dw.write();
        let all = rows(gradients, batch * steps, width, 0, size);
        let all_recurrent = rows(gradients, batch * steps, width, cell.recurrent(), size);
        let data = if self.dropouts[0] > 0.0 { inputs.get(x[0].data().len()) } else { x[0].data() };
        let x = Matrix::new(data, batch * steps, features).transposed();
        let kernel = step.dw.next(features * width);
        gemm(pass.threads, x, all, kernel, width, write, &Epilogue::none());
        let h = if self.dropouts[1] > 0.0 { hidden.get(before.len()) } else { before };
        let h = Matrix::new(h, batch * steps, units).transposed();
        let recurrent = step.dw.next(units * width);
        gemm(pass.threads, h, all_recurrent, recurrent, width, write, &Epilogue::none());
        if self.use_bias {
            // The products with the recurrent kernel have a bias of their own where they are apart.
            let parts = if cell.recurrent() > 0 { 2 } else { 1 };
            for first in [0, cell.recurrent()].into_iter().take(parts) {
                let bias = step.dw.next(width);
                let sums = columns::sums(pass.threads, batch * steps, width, partial, |row, sums| {
                    let d = &gradients[row * size + first..][..width];
                    sums.iter_mut().zip(d).for_each(|(sum, d)| *sum += *d);
                });
                bias.iter_mut().zip(sums).for_each(|(bias, sum)| each::put(write, bias, *sum));
            }
        }
        if let Some((dx, write)) = step.dx[0].target() {
            let kernel = Matrix::new(weights[0].data(), features, width).transposed();
            if self.dropouts[0] > 0.0 {
                let before_dropout = undropped.take(dx.len());
                gemm(pass.threads, all, kernel, before_dropout, features, Write::Overwrite, &Epilogue::none());
                scaled(pass, before_dropout, factors[0].get(batch * features), steps, dx, write);
            } else {
                gemm(pass.threads, all, kernel, dx, features, write, &Epilogue::none());
            }
        }
        for (k, dx) in step.dx[1..].iter_mut().enumerate() {
            if let Some((dx, write)) = dx.target() {
                for (sample, dx) in dx.chunks_exact_mut(units).enumerate() {
                    let d = &d[(sample * states + k) * units..][..units];
                    dx.iter_mut().zip(d).for_each(|(dx, d)| each::put(write, dx, *d));
                }
            }
        }
    }
}

/// A recurrent layer, for itself or as one direction of another.
pub(super) trait Rnn<T: Real> {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    );

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
        random: &mut Random,
    );

    fn backward(&self, pass: &Pass<'_>, weights: &[Variable<T>], step: Backward<'_, '_, T>, memory: &mut Memory<T>);
}

/// Makes a layer of its cell; `parts` makes the cell and the sequence of a layer's settings.
macro_rules! recurrent {
    ($layer:ident) => {
        impl<T: $crate::Real> Rnn<T> for layers::$layer {
            fn infer(
                &self,
                pass: &Pass<'_>,
                weights: &[Variable<T>],
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                memory: &mut Memory<T>,
            ) {
                let (cell, sequence) = parts(self);
                sequence.forward(&cell, pass, weights, x, y, memory);
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
                let (cell, sequence) = parts(self);
                sequence.train(&cell, pass, weights, x, y, memory, random);
            }

            fn backward(
                &self,
                pass: &Pass<'_>,
                weights: &[Variable<T>],
                step: Backward<'_, '_, T>,
                memory: &mut Memory<T>,
            ) {
                let (cell, sequence) = parts(self);
                sequence.backward(&cell, pass, weights, step, memory);
            }
        }

        impl<T: $crate::Real> Kernel<T> for layers::$layer {
            fn infer(
                &self,
                pass: &Pass<'_>,
                weights: &Weights<T>,
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                work: &mut Work,
            ) {
                Rnn::infer(self, pass, weights.variables(), x, y, work.of());
            }

            fn train(
                &self,
                pass: &Pass<'_>,
                weights: &mut Weights<T>,
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                work: &mut Work,
            ) {
                let mut random = work.random(pass);
                Rnn::train(self, pass, weights.variables(), x, y, work.of(), &mut random);
            }

            fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
                Rnn::backward(self, pass, weights.variables(), step, work.of());
            }
        }
    };
}

pub(super) use recurrent;
