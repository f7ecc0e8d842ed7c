//! The order in which tiles are made: several rows through one step, or one row through many.

use super::cells::{Activated, Cell, Gates, Usual};
use super::tile::{Left, Tiles};
use super::{Level, Real, Vector, VectorRoutine};

/// Where a row goes on after each step: its inputs, and its outputs.
#[derive(Clone, Copy)]
pub(super) struct Stride {
    pub input: isize,
    pub y: usize,
}

impl<T: Real> Tiles<T> {
    /// Takes one step.
    ///
    /// # Safety
    /// All rows have the elements that they must have.
    pub unsafe fn step(&self, gates: Gates) {
        // SAFETY: the caller answers for the rows; there is no next step.
        unsafe { self.steps(gates, 1, Stride { input: 0, y: 0 }) }
    }

    /// Takes one row through many steps, or any number of rows through one. From step to step `before` and `after` change
    /// places; the new h is what is met in the next one.
    ///
    /// # Safety
    /// All rows have the elements that they must have, in each step.
    pub unsafe fn steps(&self, gates: Gates, steps: usize, stride: Stride) {
        // SAFETY: the caller answers for the rows.
        unsafe {
            match gates {
                Gates::Lstm(cell) => self.walk_usual(cell, steps, stride),
                Gates::Gru(cell) => self.walk_usual(cell, steps, stride),
                Gates::Simple(cell) => self.walk_usual(cell, steps, stride),
            }
        }
    }

    /// # Safety
    /// As of [`steps`](Tiles::steps).
    unsafe fn walk_usual<C: Cell + Activated>(&self, cell: C, steps: usize, stride: Stride) {
        // SAFETY: as above.
        unsafe {
            match Usual::of(cell) {
                Some(usual) => self.walk(usual, steps, stride),
                None => self.walk(cell, steps, stride),
            }
        }
    }

    /// # Safety
    /// As of [`steps`](Tiles::steps).
    unsafe fn walk<C: Cell>(&self, cell: C, steps: usize, stride: Stride) {
        if self.rows == 1 {
            return self.level.run_vectors(Line { tiles: *self, cell, steps, stride });
        }
        let most = most(self.level);
        for panel in 0..self.count {
            let panel = if self.turned { self.count - 1 - panel } else { panel };
            let mut row = 0;
            while row < self.rows {
                let count = rows_of(self.rows - row, most);
                let tile = Tile { tiles: self, cell, row, panel };
                match count {
                    1 => self.level.run_vectors(Fixed::<_, _, 1>(tile)),
                    2 => self.level.run_vectors(Fixed::<_, _, 2>(tile)),
                    3 => self.level.run_vectors(Fixed::<_, _, 3>(tile)),
                    4 => self.level.run_vectors(Fixed::<_, _, 4>(tile)),
                    6 => self.level.run_vectors(Fixed::<_, _, 6>(tile)),
                    _ => unreachable!("no tile of {count} rows"),
                }
                row += count;
            }
        }
    }
}

/// The rows whose sums, with the weights of a term, fit in the registers of the level.
fn most(level: Level) -> usize {
    match level {
        Level::Portable => 2,
        Level::Avx2 => 3,
        Level::Neon | Level::Avx512 | Level::Amx => 6,
    }
}

/// Are there 32 registers of this kind, not 16?
fn are_many<V: Vector>() -> bool {
    !cfg!(target_arch = "x86_64") || V::LANES * size_of::<V::Element>() == 64
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

/// Some rows of a panel.
struct Tile<'a, T, C> {
    tiles: &'a Tiles<T>,
    cell: C,
    row: usize,
    panel: usize,
}

/// A tile of `R` rows; all of them are there. A routine of its own for each size: registers are dealt out worse in a larger
/// one.
struct Fixed<'a, T, C, const R: usize>(Tile<'a, T, C>);

impl<T: Real, C: Cell, const R: usize> VectorRoutine<T> for Fixed<'_, T, C, R> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Fixed(Tile { tiles, cell, row, panel }) = self;
        // There are as many registers as have been counted on.
        if R > 3 && !are_many::<V>() {
            unreachable!("a tile of {R} rows");
        }
        // SAFETY: the caller answers for the register, the rows and the panels.
        unsafe { tiles.make::<V, C, R, 1>(cell, row, panel) }
    }
}

/// One row through some steps, all of it in one routine.
struct Line<T, C> {
    tiles: Tiles<T>,
    cell: C,
    steps: usize,
    stride: Stride,
}

impl<T: Real, C: Cell> VectorRoutine<T> for Line<T, C> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Line { mut tiles, cell, steps, stride } = self;
        for _ in 0..steps {
            // SAFETY: the caller answers for the register and the row.
            unsafe { line::<V, C>(&tiles, cell) };
            let forth = |left: Left<T>| Left { data: left.data.wrapping_offset(stride.input), ..left };
            (tiles.features, tiles.start) = (tiles.features.map(forth), tiles.start.map(forth));
            let new = Left { data: tiles.after.data.cast_const(), stride: 0 };
            tiles.after.data = tiles.before.data.cast_mut();
            (tiles.before, tiles.met) = (new, tiles.met.map(|_| new));
            if let Some(y) = &mut tiles.y {
                y.data = y.data.wrapping_add(stride.y);
            }
            tiles.turned = !tiles.turned;
        }
    }
}

/// Takes a row through a step. One panel has too few sums under way to hide the latency of an addition, and of its gates.
///
/// # Safety
/// As of [`Tiles::make`].
#[inline(always)]
unsafe fn line<V: Vector, C: Cell>(tiles: &Tiles<V::Element>, cell: C) {
    let mut panels = 0..tiles.count;
    while !panels.is_empty() {
        let taken = match panels.len() {
            4.. if are_many::<V>() => 4,
            2.. => 2,
            _ => 1,
        };
        let panel = if tiles.turned { panels.end - taken } else { panels.start };
        // SAFETY: the caller answers for all; there are so many panels.
        unsafe {
            match taken {
                4 if are_many::<V>() => tiles.make::<V, C, 1, 4>(cell, 0, panel),
                2 => tiles.make::<V, C, 1, 2>(cell, 0, panel),
                _ => tiles.make::<V, C, 1, 1>(cell, 0, panel),
            }
        }
        if tiles.turned {
            panels.end -= taken;
        } else {
            panels.start += taken;
        }
    }
}
