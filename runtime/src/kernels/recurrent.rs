//! Steps of recurrent layers, with the sums of all gates in registers.
//!
//! The weights lie in panels. A panel holds all that makes the sums of some units: what they start from, then for each
//! feature and each unit of the state what it brings to each gate. One pass over a panel makes the sums for some samples
//! in registers, always four vectors for each, and the cell turns them into the new states there and then. A sum adds its
//! terms in the same order whatever else is computed, so that its bits depend on its sample alone.

mod cells;
mod pack;
mod tile;

use std::ops::Range;

pub(crate) use cells::{Gates, Gru, Lstm, Simple};
pub(crate) use pack::Packed;
use tile::{Left, Tiles, To};

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

/// One step of some samples and some panels. The columns of the states and outputs are the units of these panels.
pub(crate) struct Step<'a, T> {
    pub count: usize,
    /// The weights are taken from the last ones on. If that alternates, those that were taken last are still in the nearest
    /// cache when it is their turn again.
    pub backward: bool,
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
    let Step { count, backward, input, met, before, after, c, y, records } = step;
    let units = packed.units(panels.clone()).len();
    let (features, start) = match input {
        Input::Features(features) => (Some(features.check(count, packed.features)), None),
        Input::Ahead(sums) => (None, Some(sums.check(count, packed.sums(&panels)))),
    };
    assert!(records.is_none() || units == packed.units, "records are of all units");
    let tiles = Tiles {
        packed,
        panels,
        backward,
        rows: count,
        features,
        start,
        met: Some(met.check(count, packed.units)),
        before: before.check(count, units),
        after: after.check(count, units),
        c: if packed.gates.has_c() { c.check(count, units) } else { To::nowhere() },
        y: y.map(|y| y.check(count, units)),
        records: records.map(|records| records.check(count, packed.gates.record() * units)),
        sums: None,
    };
    // SAFETY: the rows have been checked.
    unsafe { tiles.run() };
}

/// Makes what the kernel brings to the sums of these panels, for all rows of features at once. A row of `to` has
/// [`Packed::sums`] elements.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn ahead<T: Real>(packed: &Packed<T>, panels: Range<usize>, count: usize, x: Rows<'_, T>, to: &mut [T]) {
    let width = packed.sums(&panels);
    let tiles = Tiles {
        packed,
        panels,
        backward: false,
        rows: count,
        features: Some(x.check(count, packed.features)),
        start: None,
        met: None,
        before: Left::nowhere(),
        after: To::nowhere(),
        c: To::nowhere(),
        y: None,
        records: None,
        sums: Some(RowsMut::new(to, width).check(count, width)),
    };
    // SAFETY: the rows have been checked.
    unsafe { tiles.run() };
}

#[cfg(test)]
mod tests;
