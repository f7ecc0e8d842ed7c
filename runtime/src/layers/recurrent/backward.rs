use std::ops::Range;

use super::super::each;
use super::{AtLevel, Cell, Memory, Sequence, Sizes, StepBack, is_masked, operand, scaled, unmasked_runs};
use crate::Real;
use crate::kernel::{Backward, Pass};
use crate::kernels::gemm::{Block, Epilogue, Gathered, Matrix, Right, Start, gemm, multiply};
use crate::kernels::recurrent::{self, Gates, RowsMut};
use crate::kernels::{Level, Write, reduce, scratch};
use crate::view::{View, unmasked};
use crate::weights::Variable;

/// What all tasks of the way back through time read.
struct Back<'a, C, T> {
    sequence: &'a Sequence,
    cell: &'a C,
    sizes: Sizes,
    level: Level,
    /// Where the gates are computed in registers: the records become the gradients where they lie.
    gates: Option<Gates>,
    /// The records, else.
    records: &'a [T],
    /// From the gradients of a step to those of the next.
    stride: usize,
    /// The recurrent kernel, transposed.
    kernel: Right<'a, T>,
    mask: Option<&'a [T]>,
    shown: &'a [bool],
    /// The gradients of the outputs.
    dy: &'a [View<'a, T>],
    /// What h was multiplied by.
    factors: Option<&'a [T]>,
    /// How the gradients of the first states are written, where they are.
    writes: [Option<Write>; 2],
}

impl Sequence {
    pub fn backward<T: Real>(
        &self,
        cell: &impl Cell<T>,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        mut step: Backward<'_, '_, T>,
        memory: &mut Memory<T>,
    ) {
        let sizes = Sizes::new(self, cell, &step.x[0]);
        let Sizes { batch, steps, features, units, width, record, gradients: size, .. } = sizes;
        let (_, mask) = unmasked(step.x);
        let Memory { records, met, gradients, panels: [_, _, panels], shown, factors, undropped, .. } = memory;
        let rows = batch * steps;
        let gates = cell.gates();
        let (records, gradients, stride) = match gates {
            Some(_) => (&[][..], records.take(rows * record), record),
            None => (records.get(rows * record), gradients.take(rows * size), size),
        };
        let (dx, first_states) = step.dx.split_at_mut(1);
        let recurrent_kernel = Matrix::new(weights[1].data(), units, width).transposed();
        let mut writes = [None; 2];
        let mut targets = first_states.iter_mut().map(|dx| dx.target());
        let [dh, dc] = std::array::from_fn(|kind| match targets.next().flatten() {
            Some((target, write)) => {
                writes[kind] = Some(write);
                target
            }
            None => Default::default(),
        });
        let back = Back {
            sequence: self,
            cell,
            sizes,
            level: pass.threads.level(),
            gates,
            records,
            stride,
            kernel: operand(pass.threads, recurrent_kernel, sizes.group(pass.threads), panels),
            mask,
            shown,
            dy: step.dy,
            factors: (self.dropouts[1] > 0.0).then(|| factors[1].get(batch * units)),
            writes,
        };
        let task = |samples: Range<usize>, [gradients, dh, dc]: [&mut [T]; 3]| back.group(samples, gradients, [dh, dc]);
        pass.threads.samples_mut(batch, sizes.groups(pass.threads), [gradients, dh, dc], task);

        let write = step.dw.write();
        let columns = |first: usize| Matrix {
            data: &gradients[first.min(gradients.len())..],
            rows,
            cols: width,
            row_stride: stride,
            col_stride: 1,
        };
        let (sums, products) = (columns(0), columns(size - width));
        if step.dw.is_wanted() {
            let met = Matrix::new(met.get(rows * sizes.met), rows, sizes.met);
            let mut product = |left: Matrix<T>, right| {
                let to = step.dw.next(left.cols * width);
                gemm(pass.threads, left.transposed(), right, to, width, write, &Epilogue::none());
            };
            if cell.apart() {
                product(met.columns(0, features), sums);
                product(met.columns(features, units), products);
                if self.use_bias {
                    reduce::sum_parts(pass.threads, gradients, stride, step.dw.next(size), write);
                }
            } else {
                // The kernel, the recurrent kernel and the bias follow each other.
                product(met, sums);
            }
        }
        if let Some((dx, write)) = dx[0].target() {
            let kernel = Matrix::new(weights[0].data(), features, width).transposed();
            if self.dropouts[0] > 0.0 {
                let before_dropout = undropped.take(dx.len());
                gemm(pass.threads, sums, kernel, before_dropout, features, Write::Overwrite, &Epilogue::none());
                scaled(pass, before_dropout, factors[0].get(batch * features), steps, dx, write);
            } else {
                gemm(pass.threads, sums, kernel, dx, features, write, &Epilogue::none());
            }
        }
    }
}

impl<C: Cell<T>, T: Real> Back<'_, C, T> {
    /// Takes some samples back through the whole sequence.
    fn group(&self, samples: Range<usize>, gradients: &mut [T], first_states: [&mut [T]; 2]) {
        let Sizes { steps, units, states, .. } = self.sizes;
        let count = samples.len();
        let room = if self.factors.is_some() { count * units } else { 0 };
        scratch::arrays([count * states * units, room], |[d, room]| {
            scratch::indices(count, |rows| {
                rows.iter_mut().enumerate().for_each(|(sample, row)| *row = sample * steps * self.stride);
                self.start(&samples, d);
                for s in (0..steps).rev() {
                    self.step(s, &samples, rows, gradients, d, room);
                }
            });
            for (kind, (to, write)) in first_states.into_iter().zip(self.writes).enumerate() {
                let (Some(write), true) = (write, units > 0) else { continue };
                for (to, d) in to.chunks_exact_mut(units).zip(d.chunks_exact(states * units)) {
                    to.iter_mut().zip(&d[kind * units..]).for_each(|(to, d)| each::put(write, to, *d));
                }
            }
        });
    }

    fn is_shown(&self, sample: usize, s: usize) -> bool {
        self.shown.get(sample * self.sizes.steps + s) != Some(&false)
    }

    /// The gradients of the last states, from those of the outputs.
    fn start(&self, samples: &Range<usize>, d: &mut [T]) {
        let Sizes { steps, units, states, .. } = self.sizes;
        d.fill(T::zero());
        for (sample, d) in samples.clone().zip(d.chunks_exact_mut(states * units)) {
            for (k, dy) in self.dy.iter().enumerate() {
                let state = match k {
                    0 if self.sequence.return_sequences => continue,
                    0 if steps > 0 && !self.is_shown(sample, steps - 1) => continue,
                    0 => 0,
                    k => k - 1,
                };
                let dy = &dy.data()[sample * units..][..units];
                d[state * units..][..units].iter_mut().zip(dy).for_each(|(d, dy)| *d += *dy);
            }
        }
    }

    fn step(&self, s: usize, samples: &Range<usize>, rows: &[usize], gradients: &mut [T], d: &mut [T], room: &mut [T]) {
        let Sizes { steps, units, width, states, record, gradients: size, .. } = self.sizes;
        let time = self.sequence.time(s, steps);
        let count = samples.len();
        if self.sequence.return_sequences {
            for (sample, d) in samples.clone().zip(d.chunks_exact_mut(states * units)) {
                if self.is_shown(sample, s) {
                    let dy = &self.dy[0].data()[(sample * steps + s) * units..][..units];
                    d.iter_mut().zip(dy).for_each(|(d, dy)| *d += *dy);
                }
            }
        }
        let masked = |sample: usize| is_masked(self.mask, (samples.start + sample) * steps + time);
        unmasked_runs(count, masked, |run| {
            let to = &mut gradients[(run.start * steps + time) * self.stride..];
            let d = &mut d[run.start * states * units..];
            if let Some(gates) = self.gates {
                let (records, d) = (RowsMut::new(to, steps * record), RowsMut::new(d, states * units));
                return recurrent::step_back(
                    self.level,
                    gates,
                    recurrent::StepBack { count: run.len(), units, records, d },
                );
            }
            let first = (samples.start + run.start) * steps + time;
            let step = StepBack {
                count: run.len(),
                records: &self.records[first * record..],
                record_stride: steps * record,
                gradients: to,
                gradient_stride: steps * size,
                d,
                factors: self.factors.map(|factors| &factors[(samples.start + run.start) * units..]),
            };
            self.level.run(AtLevel { cell: self.cell, level: self.level, step });
        });
        for sample in (0..count).filter(|sample| masked(*sample)) {
            gradients[(sample * steps + time) * self.stride..][..size].fill(T::zero());
        }
        if s == 0 && self.writes[0].is_none() {
            return;
        }
        let segments = [time * self.stride + size - width];
        let sums = Gathered::new(gradients, rows, &segments, width, 1);
        let Some(factors) = self.factors else {
            let mut d = Block::new(d, count, units, states * units);
            return multiply(self.level, &sums, self.kernel, &mut d, Start::Destination);
        };
        multiply(self.level, &sums, self.kernel, &mut Block::new(room, count, units, units), Start::Zero);
        let factors = &factors[samples.start * units..samples.end * units];
        let terms = room.chunks_exact(units).zip(factors.chunks_exact(units));
        for (d, (new, factors)) in d.chunks_exact_mut(states * units).zip(terms) {
            d.iter_mut().zip(new.iter().zip(factors)).for_each(|(d, (new, factor))| *d += *new * *factor);
        }
    }
}
