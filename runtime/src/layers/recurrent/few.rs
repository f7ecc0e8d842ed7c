//! Few samples at inference: the units are split over the threads, because the samples are not enough for that.
//!
//! A part of the units is a cell of its own that reads the h of all units: its columns of both kernels are kept in the
//! layout of products, those of all its gates together. Its products with the inputs are made at once for all steps. After
//! each step the threads meet and exchange h.

use std::ops::Range;

use smallvec::SmallVec;

use super::forward::give;
use super::{AtLevel, Cell, Memory, PARALLEL, Sequence, Sizes, Step, is_masked, unmasked_runs};
use crate::buffer::Buffer;
use crate::kernel::Pass;
use crate::kernels::gemm::{Block, Gathered, Matrix, Panels, Repeated, Start, multiply};
use crate::kernels::{Level, scratch};
use crate::threads::{At, Member, Rooms};
use crate::view::{View, ViewMut, unmasked};
use crate::weights::Variable;
use crate::{Real, Threads};

/// Samples from which a split of the samples does as well.
const FEW: usize = if cfg!(test) { 3 } else { 8 };

/// Bytes of the recurrent kernel from which a step is worth a meeting.
const SPLIT: usize = if cfg!(test) { 1 } else { 1 << 17 };

/// The fewest bytes of a part's h: no two threads write to one cache line.
const LINE: usize = if cfg!(test) { 1 } else { 64 };

/// The weights of all parts.
#[derive(Default)]
pub(super) struct Parts<T> {
    key: Option<Key>,
    parts: Vec<Part<T>>,
}

/// What tells the weights of the parts from all others that there ever were.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    stamps: [u64; 3],
    level: Level,
    parts: usize,
    batch: usize,
}

/// The columns of some units.
#[derive(Default)]
struct Part<T> {
    kernel: Panels<T>,
    recurrent_kernel: Repeated<T>,
    biases: [Buffer<T>; 2],
}

/// Lengths of what a part computes, each rounded up to whole vectors.
#[derive(Clone, Copy, Default)]
struct Own {
    ahead: usize,
    products: usize,
    states: usize,
    records: usize,
    y: usize,
}

/// What all threads read.
struct Few<'a, C, T> {
    sequence: &'a Sequence,
    cell: &'a C,
    sizes: Sizes,
    level: Level,
    inputs: &'a [T],
    columns: &'a [usize],
    parts: &'a [Part<T>],
    own: Own,
    given: &'a [View<'a, T>],
    mask: Option<&'a [T]>,
    shown: &'a [bool],
}

/// Is it better to split the units than the samples?
pub(super) fn serve<T: Real>(cell: &impl Cell<T>, batch: usize) -> bool {
    batch < FEW && cell.part(1).is_some()
}

/// Are these samples so few, and yet so much work for a layer of so many units, that it is best done by one thread?
pub(in crate::layer_kernels) fn are_worth_a_thread<T: Real>(x: &View<'_, T>, units: usize) -> bool {
    let (batch, steps) = (x.batch(), x.shape().dim(0));
    // A gate or a few
    batch < FEW && 4 * batch * steps * (x.last() + units) * units >= PARALLEL
}

/// Where the units of each part begin, and where those of the last one end.
fn columns<T: Real>(threads: &Threads, Sizes { units, width, .. }: &Sizes) -> SmallVec<[usize; 9]> {
    let line = (LINE / size_of::<T>()).max(1);
    let lines = units.div_ceil(line);
    let parts = if units * width * size_of::<T>() < SPLIT { 1 } else { threads.count().min(lines).min(8) };
    (0..=parts).map(|part| (lines * part / parts * line).min(*units)).collect()
}

impl Sequence {
    pub(super) fn infer_few<T: Real, C: Cell<T>>(
        &self,
        cell: &C,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    ) {
        let (x, mask) = unmasked(x);
        let sizes = Sizes::new(self, cell, &x[0]);
        let Sizes { batch, steps, units, states: kinds, .. } = sizes;
        let Memory { hidden, ahead, shown, parts, .. } = memory;
        self.show(mask, steps, shown);
        let columns = columns::<T>(pass.threads, &sizes);
        let own = Own::largest(self, cell, &sizes, &columns);
        let few = Few {
            sequence: self,
            cell,
            sizes,
            level: pass.threads.level(),
            inputs: x[0].data(),
            columns: &columns,
            parts: parts.of(self, cell, pass, weights, &columns),
            own,
            given: &x[1..],
            mask,
            shown,
        };
        let shared = hidden.take(2 * batch * units);
        match few.given.first() {
            Some(h) => shared[..batch * units].copy_from_slice(h.data()),
            None => shared[..batch * units].fill(T::zero()),
        }
        let room = ahead.take((columns.len() - 1) * own.len());
        let rooms = Rooms { shared, columns: &columns, own: room };
        pass.threads.in_step(rooms, &|member| few.take_part(member));
        for (part, own_room) in columns.windows(2).zip(room.chunks_exact_mut(own.len())) {
            let [_, _, states, _, part_y] = own.split(own_room);
            let (first, count) = (part[0], part[1] - part[0]);
            if count == units {
                let y = &mut *y[0].data;
                y.copy_from_slice(&part_y[..y.len()]);
            } else {
                for (y, part_y) in y[0].data.chunks_exact_mut(units).zip(part_y.chunks_exact(count)) {
                    y[first..][..count].copy_from_slice(part_y);
                }
            }
            let states = &states[..batch * kinds * count];
            for (kind, last) in y[1..].iter_mut().enumerate() {
                give(&states[kind * count..], kinds, count, &mut last.data[first..], units, |_| true);
            }
        }
    }
}

impl<T: Real> Parts<T> {
    /// The weights of the parts; made anew if those of the layer have changed.
    fn of(
        &mut self,
        sequence: &Sequence,
        cell: &impl Cell<T>,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        columns: &[usize],
    ) -> &[Part<T>] {
        let stamps = [0, 1, 2].map(|place| weights.get(place).map_or(0, Variable::stamp));
        let level = pass.threads.level();
        let key = Some(Key { stamps, level, parts: columns.len() - 1, batch: pass.batch });
        if self.key != key {
            self.key = None;
            self.parts.resize_with(columns.len() - 1, Part::default);
            for (part, range) in self.parts.iter_mut().zip(columns.windows(2)) {
                part.make(sequence, cell, pass, weights, range[0]..range[1]);
            }
            self.key = key;
        }
        &self.parts
    }
}

impl<T: Real> Part<T> {
    fn make(
        &mut self,
        sequence: &Sequence,
        cell: &impl Cell<T>,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        units: Range<usize>,
    ) {
        let (width, all) = (cell.width(), sequence.units);
        let part_width = width / all * units.len();
        let columns = |row: &[T], to: &mut [T]| {
            for (to, gate) in to.chunks_exact_mut(units.len()).zip(row.chunks_exact(all)) {
                to.copy_from_slice(&gate[units.clone()]);
            }
        };
        let matrix = |rows: &[T], work: &mut dyn FnMut(Matrix<'_, T>)| {
            let count = rows.len() / width;
            scratch::elements(count * part_width, |part: &mut [T]| {
                let pairs = rows.chunks_exact(width).zip(part.chunks_exact_mut(part_width));
                pairs.for_each(|(row, part)| columns(row, part));
                work(Matrix::new(part, count, part_width));
            });
        };
        matrix(weights[0].data(), &mut |kernel| self.kernel.pack(pass.threads, kernel));
        matrix(weights[1].data(), &mut |kernel| self.recurrent_kernel.pack(pass.threads, kernel, pass.batch));
        for (place, part) in self.biases.iter_mut().enumerate() {
            *part = Buffer::default();
            let there = place == 0 || cell.apart();
            if let Some(bias) = there.then(|| sequence.bias(weights, place, width)).flatten() {
                columns(bias, part.take(part_width));
            }
        }
    }

    /// What the products with the kernel start from, or those with the recurrent kernel.
    fn start(&self, place: usize) -> Start<'_, T> {
        match self.biases[place].as_slice() {
            [] => Start::Zero,
            bias => Start::Row(bias),
        }
    }
}

impl Own {
    /// What the largest part needs.
    fn largest<T: Real>(sequence: &Sequence, cell: &impl Cell<T>, sizes: &Sizes, columns: &[usize]) -> Own {
        let units = columns.windows(2).map(|part| part[1] - part[0]).max().unwrap_or(0);
        let Sizes { batch, steps, units: all, width, states, record, .. } = *sizes;
        let of_batch = |each: usize| (batch * each * units / all).next_multiple_of(64 / size_of::<T>());
        Own {
            ahead: of_batch(steps * width),
            products: if cell.apart() { of_batch(width) } else { 0 },
            states: of_batch(states * all),
            records: of_batch(record),
            y: of_batch(if sequence.return_sequences { steps * all } else { all }),
        }
    }

    fn len(&self) -> usize {
        self.ahead + self.products + self.states + self.records + self.y
    }

    fn split<'a, T>(&self, room: &'a mut [T]) -> [&'a mut [T]; 5] {
        let mut room = room;
        [self.ahead, self.products, self.states, self.records, self.y].map(|len| {
            let (first, rest) = std::mem::take(&mut room).split_at_mut(len);
            room = rest;
            first
        })
    }
}

impl<C: Cell<T>, T: Real> Few<'_, C, T> {
    /// Takes the parts of one thread through the whole sequence.
    fn take_part(&self, member: &mut Member<'_, T>) {
        for part in member.parts() {
            self.begin(part, member.at(part).own);
        }
        for s in 0..self.sizes.steps {
            for part in member.parts() {
                self.step(s, part, member.at(part));
            }
            member.meet();
        }
    }

    /// The units of a part, as a cell of their own.
    fn cell(&self, part: usize) -> (C, Range<usize>) {
        let units = self.columns[part]..self.columns[part + 1];
        (self.cell.part(units.len()).expect("it has been asked whether it has parts"), units)
    }

    /// The products with the inputs, and the first states.
    fn begin(&self, part: usize, own: &mut [T]) {
        let Sizes { batch, steps, features, units: all, states: kinds, .. } = self.sizes;
        let [ahead, _, states, ..] = self.own.split(own);
        let (cell, units) = self.cell(part);
        let (width, part) = (cell.width(), &self.parts[part]);
        scratch::indices(batch * steps, |rows| {
            rows.iter_mut().enumerate().for_each(|(row, offset)| *offset = row * features);
            let inputs = Gathered::new(self.inputs, rows, &[0], features, 1);
            let mut ahead = Block::new(ahead, batch * steps, width, width);
            multiply(self.level, &inputs, &part.kernel, &mut ahead, part.start(0));
        });
        for (place, state) in states.chunks_exact_mut(units.len()).take(batch * kinds).enumerate() {
            match self.given.get(place % kinds) {
                Some(given) => state.copy_from_slice(&given.data()[place / kinds * all..][units.clone()]),
                None => state.fill(T::zero()),
            }
        }
    }

    fn step(&self, s: usize, part: usize, at: At<'_, T>) {
        let Sizes { batch, steps, units: all, states: kinds, .. } = self.sizes;
        let At { now, own, mut next } = at;
        let [ahead, products, states, records, y] = self.own.split(own);
        let (cell, units) = self.cell(part);
        let (width, record, units, part) = (cell.width(), cell.record(), units.len(), &self.parts[part]);
        let time = self.sequence.time(s, steps);
        let (sums, sums_stride) = (&mut ahead[time * width..], steps * width);
        let rows: [usize; FEW] = std::array::from_fn(|sample| sample * all);
        let (mut target, start) = if cell.apart() {
            (Block::new(products, batch, width, width), part.start(1))
        } else {
            (Block::new(sums, batch, width, sums_stride), Start::Destination)
        };
        part.recurrent_kernel.multiply(now, &rows[..batch], &mut target, start, s % 2 == 1);
        unmasked_runs(
            batch,
            |sample| is_masked(self.mask, sample * steps + time),
            |run| {
                let step = Step {
                    count: run.len(),
                    sums: &sums[run.start * sums_stride..],
                    sums_stride,
                    products: products.get(run.start * width..).unwrap_or_default(),
                    states: &mut states[run.start * kinds * units..],
                    factors: None,
                    records: &mut records[run.start * record..],
                    record_stride: record,
                };
                self.level.run(AtLevel { cell: &cell, level: self.level, step });
            },
        );
        let states = &states[..batch * kinds * units];
        for (sample, states) in states.chunks_exact(kinds * units).enumerate() {
            next.put(sample, &states[..units]);
        }
        let shown = |sample: usize| self.shown.get(sample * steps + s) != Some(&false);
        if self.sequence.return_sequences {
            give(states, kinds, units, &mut y[s * units..], steps * units, shown);
        } else if s + 1 == steps {
            give(states, kinds, units, y, units, shown);
        }
    }
}

#[cfg(test)]
mod tests;
