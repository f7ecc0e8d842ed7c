//! Steps of recurrent layers, with the sums of all gates in registers.
//!
//! The weights lie in panels. A panel holds all that makes the sums of some units: what they start from, then for each
//! feature and each unit of the state what it brings to each gate. One pass over a panel makes the sums for some samples
//! in registers, always four vectors for each, and the cell turns them into the new states there and then. A sum adds its
//! terms in the same order whatever else is computed, so that its bits depend on its sample alone.

mod back;
mod cells;
mod pack;
mod tile;
mod walk;

use std::ops::Range;

pub(crate) use back::{StepBack, step_back};
pub(crate) use cells::{Gates, Gru, Lstm, Simple};
pub(crate) use pack::Packed;
use tile::{Left, Tiles, To};
use walk::Stride;

use super::Level;
use super::{Vector, VectorRoutine};
use crate::Real;

/// The vectors of sums that a panel makes for a sample.
const SUMS: usize = 4;

/// Rows at equal distances.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a, T> {
    pub data: &'a [T],
    pub stride: usize,
}

/// Rows at equal distances, to be written.
pub(crate) struct RowsMut<'a, T> {
    pub data: &'a mut [T],
    pub stride: usize,
}

/// Do rows of `width` at equal distances lie within so many elements?
fn lie_within(len: usize, stride: usize, count: usize, width: usize) -> bool {
    count == 0 || (count - 1) * stride + width <= len
}

impl<'a, T> Rows<'a, T> {
    pub(crate) fn new(data: &'a [T], stride: usize) -> Self {
        Rows { data, stride }
    }

    /// # Panics
    /// If they do not have `count` rows of `width`.
    fn check(self, count: usize, width: usize) -> Left<T> {
        assert!(lie_within(self.data.len(), self.stride, count, width), "{count} rows of {width} to be read");
        Left { data: self.data.as_ptr(), stride: self.stride }
    }
}

impl<'a, T> RowsMut<'a, T> {
    pub(crate) fn new(data: &'a mut [T], stride: usize) -> Self {
        RowsMut { data, stride }
    }

    /// # Panics
    /// If they do not have `count` rows of `width`.
    fn check(self, count: usize, width: usize) -> To<T> {
        assert!(lie_within(self.data.len(), self.stride, count, width), "{count} rows of {width} to be written");
        To { data: self.data.as_mut_ptr(), stride: self.stride }
    }
}

/// What the kernel brings to the sums.
#[derive(Clone, Copy)]
pub(crate) enum Input<'a, T> {
    /// Nothing yet: these are the features.
    Features(Rows<'a, T>),
    /// All of it is in these rows, which [`ahead`] has made for the same panels.
    Ahead(Rows<'a, T>),
}

impl<T: Real> Input<'_, T> {
    /// The features, or what the sums start from.
    ///
    /// # Panics
    /// If there are not `count` rows for these panels.
    fn check(self, packed: &Packed<T>, panels: &Range<usize>, count: usize) -> (Option<Left<T>>, Option<Left<T>>) {
        match self {
            Input::Features(features) => (Some(features.check(count, packed.features)), None),
            Input::Ahead(sums) => (None, Some(sums.check(count, packed.sums(panels)))),
        }
    }
}

/// One step of some samples and some panels. The columns of the states and outputs are the units of these panels.
pub(crate) struct Step<'a, T> {
    pub count: usize,
    /// The weights are taken from the last ones on. If that alternates, those that were taken last are still in the nearest
    /// cache when it is their turn again.
    pub turned: bool,
    pub input: Input<'a, T>,
    /// The h of all units, as the recurrent kernel meets it.
    pub met: Rows<'a, T>,
    pub before: Rows<'a, T>,
    pub after: RowsMut<'a, T>,
    /// Where cells have it.
    pub c: RowsMut<'a, T>,
    /// Where the new h goes once more.
    pub y: Option<RowsMut<'a, T>>,
    /// Where goes what the way back will need; then the panels are all.
    pub records: Option<RowsMut<'a, T>>,
}

/// Takes a step.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn step<T: Real>(packed: &Packed<T>, panels: Range<usize>, step: Step<'_, T>) {
    let Step { count, turned, input, met, before, after, c, y, records } = step;
    let units = packed.units(panels.clone()).len();
    let (features, start) = input.check(packed, &panels, count);
    assert!(records.is_none() || units == packed.units, "records are of all units");
    let mut tiles = Tiles {
        turned,
        features,
        start,
        met: Some(met.check(count, packed.units)),
        before: before.check(count, units),
        after: after.check(count, units),
        y: y.map(|y| y.check(count, units)),
        records: records.map(|records| records.check(count, packed.gates.record() * units)),
        ..Tiles::new(packed, panels, count)
    };
    if packed.gates.has_c() {
        tiles.c = c.check(count, units);
    }
    // SAFETY: the rows have been checked.
    unsafe { tiles.step(packed.gates) };
}

/// Some steps of one sample, all units of it.
pub(crate) struct Walk<'a, T> {
    pub steps: usize,
    /// As of the first of the steps; it alternates.
    pub turned: bool,
    /// A row for each step.
    pub input: Input<'a, T>,
    /// The input of the first step is the last row, and so on.
    pub go_backwards: bool,
    /// The states h before and after the first step; from step to step they change places.
    pub h: [&'a mut [T]; 2],
    /// Where cells have it.
    pub c: &'a mut [T],
    /// Where the h of each step goes once more.
    pub y: Option<RowsMut<'a, T>>,
}

/// Takes a sample through some steps.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn walk<T: Real>(packed: &Packed<T>, walk: Walk<'_, T>) {
    let Walk { steps, turned, input, go_backwards, h: [even, odd], c, y } = walk;
    if steps == 0 {
        return;
    }
    let (units, panels) = (packed.units, 0..packed.panels());
    let (features, start) = input.check(packed, &panels, steps);
    // Either of them is read and written in turn.
    let [even, odd] = [even, odd].map(|h| RowsMut::new(h, units).check(1, units));
    let before = Left { data: even.data.cast_const(), stride: units };
    let y_stride = y.as_ref().map_or(0, |y| y.stride);
    let mut tiles = Tiles {
        turned,
        features,
        start,
        met: Some(before),
        before,
        after: odd,
        y: y.map(|y| y.check(steps, units)),
        ..Tiles::new(packed, panels, 1)
    };
    if packed.gates.has_c() {
        tiles.c = RowsMut::new(c, units).check(1, units);
    }
    let row = features.or(start).map_or(0, |rows| rows.stride);
    let mut input = row as isize;
    if go_backwards {
        input = -input;
        let last = |rows: Left<T>| Left { data: rows.data.wrapping_add((steps - 1) * row), ..rows };
        (tiles.features, tiles.start) = (features.map(last), start.map(last));
    }
    // SAFETY: the rows have been checked for all steps.
    unsafe { tiles.steps(packed.gates, steps, Stride { input, y: y_stride }) };
}

/// Makes what the kernel brings to the sums of these panels, for all rows of features at once. A row of `to` has
/// [`Packed::sums`] elements.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn ahead<T: Real>(packed: &Packed<T>, panels: Range<usize>, count: usize, x: Rows<'_, T>, to: &mut [T]) {
    let width = packed.sums(&panels);
    let tiles = Tiles {
        features: Some(x.check(count, packed.features)),
        sums: Some(RowsMut::new(to, width).check(count, width)),
        ..Tiles::new(packed, panels, count)
    };
    // SAFETY: the rows have been checked.
    unsafe { tiles.step(packed.gates) };
}

#[cfg(test)]
mod tests;
