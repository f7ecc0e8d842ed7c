use std::mem::MaybeUninit;
use std::ops::Range;

use super::cells::{Cell, Gates, Place};
use super::pack::{PAIR, Panel};
use super::{Level, Packed, Real, SUMS, Vector, VectorRoutine};

/// Rows that are read.
#[derive(Clone, Copy)]
pub(super) struct Left<T> {
    pub data: *const T,
    pub stride: usize,
}

impl<T> Left<T> {
    /// Rows that are not read.
    pub fn nowhere() -> Self {
        Left { data: std::ptr::null(), stride: 0 }
    }
}

/// Rows that are written.
#[derive(Clone, Copy)]
pub(super) struct To<T> {
    pub data: *mut T,
    pub stride: usize,
}

impl<T> To<T> {
    /// Rows that are not written.
    pub fn nowhere() -> Self {
        To { data: std::ptr::null_mut(), stride: 0 }
    }
}

/// The sums of some rows and some panels, and what becomes of them. All rows are as long as they must be.
pub(super) struct Tiles<'a, T> {
    pub packed: &'a Packed<T>,
    pub panels: Range<usize>,
    /// Are panels and terms of the state taken from the last one on?
    pub backward: bool,
    pub rows: usize,
    /// What is multiplied by the kernel, if anything,
    pub features: Option<Left<T>>,
    /// and by the recurrent kernel.
    pub met: Option<Left<T>>,
    /// What the sums start from; from the biases if from nothing.
    pub start: Option<Left<T>>,
    /// Where the sums go; nowhere if the cell takes them.
    pub sums: Option<To<T>>,
    pub before: Left<T>,
    pub after: To<T>,
    pub c: To<T>,
    pub y: Option<To<T>>,
    pub records: Option<To<T>>,
}

/// The rows whose sums, with the weights of a term, fit in the registers of the level.
fn most(level: Level) -> usize {
    match level {
        Level::Portable => 2,
        Level::Avx2 => 3,
        Level::Neon | Level::Avx512 => 6,
    }
}

/// The rows of the next tile of `left` ones: none of 5, nor of 1 where others are left.
fn rows_of(left: usize, most: usize) -> usize {
    match (left, most) {
        (4, 3) => 2,
        (5, 6) => 3,
        (7 | 8, 6) => 4,
        _ => left.min(most),
    }
}

impl<T: Real> Tiles<'_, T> {
    /// Makes the sums, and what becomes of them.
    ///
    /// # Safety
    /// All rows have the elements that they must have.
    pub unsafe fn run(&self) {
        // SAFETY: the caller answers for the rows.
        unsafe {
            match self.packed.gates {
                Gates::Lstm(cell) => self.walk(cell),
                Gates::Gru(cell) => self.walk(cell),
                Gates::Simple(cell) => self.walk(cell),
            }
        }
    }

    /// # Safety
    /// As of [`run`](Tiles::run).
    unsafe fn walk<C: Cell>(&self, cell: C) {
        let level = self.packed.level();
        let most = most(level);
        let mut panels = self.panels.clone();
        while !panels.is_empty() {
            // A single row has too few sums under way in one panel to hide the latency of an addition.
            let edge = if self.backward { panels.end } else { panels.start };
            let taken = if self.rows == 1 && panels.len() >= PAIR && edge % PAIR == 0 { PAIR } else { 1 };
            let panel = if self.backward {
                panels.end -= taken;
                panels.end
            } else {
                panels.start += taken;
                panels.start - taken
            };
            let mut row = 0;
            while row < self.rows {
                let count = rows_of(self.rows - row, most);
                let tile = Tile { tiles: self, cell, row, panel };
                match count {
                    1 if taken == PAIR => level.run_vectors(Fixed::<_, _, 1, PAIR>(tile)),
                    1 => level.run_vectors(Fixed::<_, _, 1, 1>(tile)),
                    2 => level.run_vectors(Fixed::<_, _, 2, 1>(tile)),
                    3 => level.run_vectors(Fixed::<_, _, 3, 1>(tile)),
                    4 => level.run_vectors(Fixed::<_, _, 4, 1>(tile)),
                    6 => level.run_vectors(Fixed::<_, _, 6, 1>(tile)),
                    _ => unreachable!("no tile of {count} rows"),
                }
                row += count;
            }
        }
    }

    /// The units of a row and a panel of so many.
    #[inline(always)]
    fn place(&self, row: usize, panel: usize, units: usize) -> Place<T> {
        let first = (panel - self.panels.start) * units;
        let at = |to: To<T>| to.data.wrapping_add(row * to.stride + first);
        Place {
            level: self.packed.level(),
            before: self.before.data.wrapping_add(row * self.before.stride + first),
            after: at(self.after),
            c: at(self.c),
            y: self.y.map(at),
            record: self.records.map(at),
            units: self.packed.units,
            count: self.packed.units - panel * units,
        }
    }
}

/// Some rows of a panel, or of several.
struct Tile<'a, T, C> {
    tiles: &'a Tiles<'a, T>,
    cell: C,
    row: usize,
    panel: usize,
}

/// A tile of `R` rows and `P` panels; all rows and panels are there. A routine of its own for each size: registers are
/// dealt out worse in a larger one.
struct Fixed<'a, T, C, const R: usize, const P: usize>(Tile<'a, T, C>);

impl<T: Real, C: Cell, const R: usize, const P: usize> VectorRoutine<T> for Fixed<'_, T, C, R, P> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Fixed(tile) = self;
        // There are as many registers as have been counted on.
        if R > 3 && V::LANES * size_of::<T>() < 64 && cfg!(target_arch = "x86_64") {
            unreachable!("a tile of {R} rows");
        }
        // SAFETY: the caller answers for the register, the rows and the panels.
        unsafe {
            let sums = tile.sums::<V, R, P>();
            if let Some(to) = tile.tiles.sums {
                for r in 0..R {
                    for p in 0..P {
                        let panel = tile.panel - tile.tiles.panels.start + p;
                        let to = to.data.add((tile.row + r) * to.stride + panel * SUMS * V::LANES);
                        for v in 0..SUMS {
                            sums[r][p][v].store(to.add(v * V::LANES));
                        }
                    }
                }
                return;
            }
            // Those of one row wait for one another, those of several do not: all rows open before one closes.
            let mut room = MaybeUninit::<[[[V; SUMS]; P]; R]>::uninit();
            let room = room.as_mut_ptr().cast::<[V; SUMS]>();
            for r in 0..R {
                for p in 0..P {
                    *room.add(r * P + p) = sums[r][p];
                }
            }
            let place = |index: usize| {
                tile.tiles.place(tile.row + index / P, tile.panel + index % P, C::UNIT_VECTORS * V::LANES)
            };
            for index in 0..R * P {
                *room.add(index) = tile.cell.open(*room.add(index), place(index));
            }
            for index in 0..R * P {
                tile.cell.close(*room.add(index), place(index));
            }
        }
    }
}

impl<T: Real, C: Cell> Tile<'_, T, C> {
    /// Makes the sums of `R` rows and `P` panels.
    ///
    /// # Safety
    /// The processor has the register; the rows and panels are there.
    #[inline(always)]
    unsafe fn sums<V: Vector<Element = T>, const R: usize, const P: usize>(&self) -> [[[V; SUMS]; P]; R] {
        let Tile { tiles, row, panel, .. } = *self;
        // The panels of a pair lie beside one another.
        let Panel { starts, terms, stride } = tiles.packed.at(panel);
        // SAFETY: the caller answers for the register, the rows and the panels.
        unsafe {
            let mut sums = [[[V::splat(T::zero()); SUMS]; P]; R];
            for r in 0..R {
                for p in 0..P {
                    let from = match tiles.start {
                        None => starts.add(p * SUMS * V::LANES),
                        Some(start) => {
                            let place = (panel - tiles.panels.start + p) * SUMS * V::LANES;
                            start.data.add((row + r) * start.stride + place)
                        }
                    };
                    for v in 0..SUMS {
                        sums[r][p][v] = V::load(from.add(v * V::LANES));
                    }
                }
            }
            if let Some(x) = tiles.features {
                let x = Left { data: x.data.add(row * x.stride), ..x };
                add::<V, C, R, P, false>(&mut sums, x, tiles.packed.features, (terms, stride), false);
            }
            if let Some(h) = tiles.met {
                let h = Left { data: h.data.add(row * h.stride), ..h };
                let terms = terms.wrapping_add(tiles.packed.features * stride);
                add::<V, C, R, P, true>(&mut sums, h, tiles.packed.units, (terms, stride), tiles.backward);
            }
            sums
        }
    }
}

/// Adds terms to the sums of `R` rows and `P` panels. The last gate of terms of the state may have sums of its own.
///
/// # Safety
/// The processor has the register; the rows have the terms, and so have the panels.
#[inline(always)]
unsafe fn add<V: Vector, C: Cell, const R: usize, const P: usize, const STATE: bool>(
    sums: &mut [[[V; SUMS]; P]; R],
    left: Left<V::Element>,
    terms: usize,
    (weights, stride): (*const V::Element, usize),
    backward: bool,
) {
    let mut values = [[sums[0][0][0]; SUMS]; P];
    for place in 0..terms {
        let term = if backward { terms - 1 - place } else { place };
        let weights = weights.wrapping_add(term * stride);
        // SAFETY: the caller answers for the register, the rows and the panels.
        unsafe {
            for p in 0..P {
                for v in 0..C::TERM_VECTORS {
                    values[p][v] = V::load(weights.add((p * C::TERM_VECTORS + v) * V::LANES));
                }
            }
            for r in 0..R {
                let factor = V::splat(*left.data.add(r * left.stride + term));
                for p in 0..P {
                    for v in 0..C::TERM_VECTORS {
                        let to = if STATE && v + 1 == C::TERM_VECTORS { SUMS - 1 } else { v };
                        sums[r][p][to] = factor.multiply_add(values[p][v], sums[r][p][to]);
                    }
                }
            }
        }
    }
}
