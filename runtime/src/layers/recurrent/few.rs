//! Few samples at inference: the units are split over the threads, because the samples are not enough for that.
//!
//! A part of the units is some panels of the weights. What the inputs bring to its sums is made at once for all steps. After
//! each step the threads meet and exchange h.

use std::ops::Range;

use smallvec::SmallVec;

use super::forward::give;
use super::{Cell, Memory, PARALLEL, Sequence, Sizes, is_masked, unmasked_runs};
use crate::Real;
use crate::kernel::Pass;
use crate::kernels::recurrent::{self, Gates, Input, Packed, Rows, RowsMut};
use crate::threads::{At, Member, Rooms};
use crate::view::{View, ViewMut, unmasked};
use crate::weights::Variable;

/// Samples from which a split of the samples does as well.
const FEW: usize = if cfg!(test) { 3 } else { 8 };

/// Bytes of the recurrent kernel from which a step is worth a meeting.
const SPLIT: usize = if cfg!(test) { 1 } else { 1 << 17 };

/// The fewest bytes of a part's h: no two threads write to one cache line.
const LINE: usize = if cfg!(test) { 1 } else { 64 };

/// Lengths of what a part computes, each rounded up to whole vectors.
#[derive(Clone, Copy)]
struct Own {
    ahead: usize,
    /// The states h of the part's units, before and after a step, and c.
    h: [usize; 2],
    c: usize,
    y: usize,
}

/// What all threads read.
struct Few<'a, T> {
    sequence: &'a Sequence,
    sizes: Sizes,
    packed: &'a Packed<T>,
    inputs: &'a [T],
    columns: &'a [usize],
    own: Own,
    given: &'a [View<'a, T>],
    mask: Option<&'a [T]>,
    shown: &'a [bool],
}

/// The gates of a layer, where it is better to split its units than the samples.
pub(super) fn gates<T: Real>(
    sequence: &Sequence,
    cell: &impl Cell<T>,
    pass: &Pass<'_>,
    x: &View<'_, T>,
) -> Option<Gates> {
    let worth = sequence.units * cell.width() * size_of::<T>() >= SPLIT && x.shape().dim(0) > 0;
    (worth && pass.batch < FEW && pass.threads.count() > 1).then(|| cell.gates()).flatten()
}

/// Are these samples so few, and yet so much work for a layer of so many units, that it is best done by one thread?
pub(in crate::layer_kernels) fn are_worth_a_thread<T: Real>(x: &View<'_, T>, units: usize) -> bool {
    let (batch, steps) = (x.batch(), x.shape().dim(0));
    // A gate or a few
    batch < FEW && 4 * batch * steps * (x.last() + units) * units >= PARALLEL
}

/// Where the units of each part begin, and where those of the last one end: at panels.
fn columns<T: Real>(packed: &Packed<T>, threads: usize, units: usize) -> SmallVec<[usize; 9]> {
    let each = packed.panel().next_multiple_of((LINE / size_of::<T>()).max(1));
    let pieces = units.div_ceil(each);
    let parts = threads.min(pieces).min(8);
    (0..=parts).map(|part| (pieces * part / parts * each).min(units)).collect()
}

impl Sequence {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn infer_few<T: Real>(
        &self,
        cell: &impl Cell<T>,
        gates: Gates,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    ) {
        let (x, mask) = unmasked(x);
        let sizes = Sizes::new(self, cell, &x[0]);
        let Sizes { batch, units, .. } = sizes;
        let Memory { exchanged, own: room, shown, packed, .. } = memory;
        self.show(mask, sizes.steps, shown);
        let packed = packed.of(self, gates, pass, weights);
        let columns = columns(packed, pass.threads.count(), units);
        let own = Own::largest(self, packed, &sizes, &columns);
        let inputs = x[0].data();
        let few = Few { sequence: self, sizes, packed, inputs, columns: &columns, own, given: &x[1..], mask, shown };
        let shared = exchanged.take(2 * batch * units);
        match few.given.first() {
            Some(h) => shared[..batch * units].copy_from_slice(h.data()),
            None => shared[..batch * units].fill(T::zero()),
        }
        let room = room.take((columns.len() - 1) * own.len());
        let rooms = Rooms { shared, columns: &columns, own: room };
        pass.threads.in_step(rooms, &|member| few.take_part(member));
        for (part, own_room) in columns.windows(2).zip(room.chunks_exact_mut(own.len())) {
            let [_, even, odd, c, part_y] = own.split(own_room);
            let (first, count) = (part[0], part[1] - part[0]);
            for (y, part_y) in y[0].data.chunks_exact_mut(units).zip(part_y.chunks_exact(count)) {
                y[first..][..count].copy_from_slice(part_y);
            }
            let h = if sizes.steps.is_multiple_of(2) { even } else { odd };
            for (state, last) in [h, c].into_iter().zip(&mut y[1..]) {
                give(&state[..batch * count], count, &mut last.data[first..], units, |_| true);
            }
        }
    }
}

impl Own {
    /// What the largest part needs.
    fn largest<T: Real>(sequence: &Sequence, packed: &Packed<T>, sizes: &Sizes, columns: &[usize]) -> Own {
        let units = columns.windows(2).map(|part| part[1] - part[0]).max().unwrap_or(0);
        let Sizes { batch, steps, states, .. } = *sizes;
        let whole = |len: usize| (batch * len).next_multiple_of(64 / size_of::<T>());
        Own {
            ahead: whole(steps * packed.sums(&(0..units.div_ceil(packed.panel())))),
            h: [whole(units); 2],
            c: whole((states - 1) * units),
            y: whole(if sequence.return_sequences { steps * units } else { units }),
        }
    }

    fn len(&self) -> usize {
        self.ahead + self.h[0] + self.h[1] + self.c + self.y
    }

    fn split<'a, T>(&self, room: &'a mut [T]) -> [&'a mut [T]; 5] {
        let mut room = room;
        [self.ahead, self.h[0], self.h[1], self.c, self.y].map(|len| {
            let (first, rest) = std::mem::take(&mut room).split_at_mut(len);
            room = rest;
            first
        })
    }
}

impl<T: Real> Few<'_, T> {
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

    /// The units of a part, and its panels.
    fn part(&self, part: usize) -> (Range<usize>, Range<usize>) {
        let (units, panel) = (self.columns[part]..self.columns[part + 1], self.packed.panel());
        (units.clone(), units.start / panel..units.end.div_ceil(panel))
    }

    /// What the inputs bring, and the first states.
    fn begin(&self, part: usize, own: &mut [T]) {
        let Sizes { batch, steps, features, units: all, .. } = self.sizes;
        let [ahead, h, _, c, _] = self.own.split(own);
        let (units, panels) = self.part(part);
        recurrent::ahead(self.packed, panels, batch * steps, Rows::new(self.inputs, features), ahead);
        for (kind, state) in [h, c].into_iter().enumerate() {
            for (sample, state) in state.chunks_exact_mut(units.len()).take(batch).enumerate() {
                match self.given.get(kind) {
                    Some(given) => state.copy_from_slice(&given.data()[sample * all..][units.clone()]),
                    None => state.fill(T::zero()),
                }
            }
        }
    }

    fn step(&self, s: usize, part: usize, at: At<'_, T>) {
        let Sizes { batch, steps, units: all, .. } = self.sizes;
        let At { now, own, mut next } = at;
        let [ahead, even, odd, c, y] = self.own.split(own);
        let (before, after) = if s.is_multiple_of(2) { (even, odd) } else { (odd, even) };
        let (units, panels) = self.part(part);
        let (units, sums) = (units.len(), self.packed.sums(&panels));
        let time = self.sequence.time(s, steps);
        if self.mask.is_some() {
            after.copy_from_slice(before);
        }
        unmasked_runs(
            batch,
            |sample| is_masked(self.mask, sample * steps + time),
            |run| {
                let first = run.start * units;
                let step = recurrent::Step {
                    count: run.len(),
                    turned: s % 2 == 1,
                    input: Input::Ahead(Rows::new(&ahead[(run.start * steps + time) * sums..], steps * sums)),
                    met: Rows::new(&now[run.start * all..], all),
                    before: Rows::new(&before[first..], units),
                    after: RowsMut::new(&mut after[first..], units),
                    c: RowsMut::new(c.get_mut(first..).unwrap_or_default(), units),
                    y: None,
                    records: None,
                };
                recurrent::step(self.packed, panels.clone(), step);
            },
        );
        let h = &after[..batch * units];
        for (sample, h) in h.chunks_exact(units).enumerate() {
            next.put(sample, h);
        }
        let shown = |sample: usize| self.shown.get(sample * steps + s) != Some(&false);
        if self.sequence.return_sequences {
            give(h, units, &mut y[s * units..], steps * units, shown);
        } else if s + 1 == steps {
            give(h, units, y, units, shown);
        }
    }
}

#[cfg(test)]
mod tests;
