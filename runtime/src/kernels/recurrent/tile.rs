use std::mem::MaybeUninit;
use std::ops::Range;

use super::cells::{Cell, Place};
use super::{Level, Packed, Real, SUMS, Vector};

/// Rows that are read.
#[derive(Clone, Copy)]
pub(super) struct Left<T> {
    pub data: *const T,
    pub stride: usize,
}

impl<T> Left<T> {
    /// Rows that are not read.
    fn nowhere() -> Self {
        Left { data: std::ptr::null(), stride: 0 }
    }

    #[inline(always)]
    fn row(self, row: usize) -> *const T {
        self.data.wrapping_add(row * self.stride)
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
    fn nowhere() -> Self {
        To { data: std::ptr::null_mut(), stride: 0 }
    }

    #[inline(always)]
    pub fn row(self, row: usize) -> *mut T {
        self.data.wrapping_add(row * self.stride)
    }
}

/// The sums of some rows and some panels, and what becomes of them. All rows are as long as they must be.
#[derive(Clone, Copy)]
pub(super) struct Tiles<T> {
    pub level: Level,
    /// The panels, each a row.
    pub panels: Left<T>,
    pub count: usize,
    /// Are panels and terms of the state taken from the last one on?
    pub turned: bool,
    /// The lengths of the rows that are multiplied by the kernel and by the recurrent kernel.
    pub lengths: [usize; 2],
    /// How many units there are from those of the first panel on.
    pub units: usize,
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

impl<T: Real> Tiles<T> {
    /// The sums of these rows and panels, from and to nowhere yet.
    ///
    /// # Panics
    /// If there are not so many panels.
    pub fn new(packed: &Packed<T>, panels: Range<usize>, rows: usize) -> Self {
        let all = packed.all();
        Tiles {
            level: packed.level(),
            panels: Left {
                data: all.data[panels.start * all.stride..panels.end * all.stride].as_ptr(),
                stride: all.stride,
            },
            count: panels.len(),
            turned: false,
            lengths: [packed.features, packed.units],
            units: packed.units - packed.units(panels).start,
            rows,
            features: None,
            met: None,
            start: None,
            sums: None,
            before: Left::nowhere(),
            after: To::nowhere(),
            c: To::nowhere(),
            y: None,
            records: None,
        }
    }

    /// Makes the sums of `R` rows and `P` panels, from these on, and what becomes of them.
    ///
    /// # Safety
    /// The processor has the register; all rows and panels are there, and all rows have the elements that they must have.
    #[inline(always)]
    pub unsafe fn make<V: Vector<Element = T>, C: Cell, const R: usize, const P: usize>(
        &self,
        cell: C,
        row: usize,
        panel: usize,
    ) {
        // SAFETY: the caller answers for the register, the rows and the panels.
        unsafe {
            let sums = self.sums::<V, C, R, P>(row, panel);
            if let Some(to) = self.sums {
                for r in 0..R {
                    let to = to.row(row + r).add(panel * SUMS * V::LANES);
                    for (place, sum) in sums[r].as_flattened().iter().enumerate() {
                        sum.store(to.add(place * V::LANES));
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
            let place = |index: usize| self.place(row + index / P, panel + index % P, C::UNIT_VECTORS * V::LANES);
            for index in 0..R * P {
                *room.add(index) = cell.open(*room.add(index), place(index));
            }
            for index in 0..R * P {
                cell.close(*room.add(index), place(index));
            }
        }
    }

    /// The units of a row and a panel of so many.
    #[inline(always)]
    fn place(&self, row: usize, panel: usize, units: usize) -> Place<T> {
        let first = panel * units;
        let at = |to: To<T>| to.row(row).wrapping_add(first);
        Place {
            level: self.level,
            before: self.before.row(row).wrapping_add(first),
            after: at(self.after),
            c: at(self.c),
            y: self.y.map(at),
            record: self.records.map(at),
            units: self.lengths[1],
            count: self.units - first,
        }
    }

    /// Makes the sums of `R` rows and `P` panels.
    ///
    /// # Safety
    /// As of [`make`](Tiles::make).
    #[inline(always)]
    unsafe fn sums<V: Vector<Element = T>, C: Cell, const R: usize, const P: usize>(
        &self,
        row: usize,
        panel: usize,
    ) -> [[[V; SUMS]; P]; R] {
        // SAFETY: the caller answers for the register, the rows and the panels.
        unsafe {
            let mut sums = [[[V::splat(T::zero()); SUMS]; P]; R];
            for r in 0..R {
                for p in 0..P {
                    let from = match self.start {
                        None => self.panels.row(panel + p),
                        Some(start) => start.row(row + r).add((panel + p) * SUMS * V::LANES),
                    };
                    for v in 0..SUMS {
                        sums[r][p][v] = V::load(from.add(v * V::LANES));
                    }
                }
            }
            let [features, units] = self.lengths;
            let terms = self.panels.row(panel).wrapping_add(SUMS * V::LANES);
            if let Some(x) = self.features {
                let x = Left { data: x.row(row), ..x };
                add::<V, C, R, P, false>(&mut sums, x, features, Left { data: terms, ..self.panels }, false);
            }
            if let Some(h) = self.met {
                let h = Left { data: h.row(row), ..h };
                let terms = terms.wrapping_add(features * C::TERM_VECTORS * V::LANES);
                add::<V, C, R, P, true>(&mut sums, h, units, Left { data: terms, ..self.panels }, self.turned);
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
    panels: Left<V::Element>,
    turned: bool,
) {
    let length = C::TERM_VECTORS * V::LANES;
    let (first, forth) = if turned { (terms.wrapping_sub(1), -1) } else { (0, 1) };
    let mut weights = [panels.data; P];
    for (p, weights) in weights.iter_mut().enumerate() {
        *weights = panels.data.wrapping_add(p * panels.stride).wrapping_add(first.wrapping_mul(length));
    }
    let mut left = Left { data: left.data.wrapping_add(first), ..left };
    let mut values = [[sums[0][0][0]; SUMS]; P];
    for _ in 0..terms {
        // SAFETY: the caller answers for the register, the rows and the panels.
        unsafe {
            for p in 0..P {
                for v in 0..C::TERM_VECTORS {
                    values[p][v] = V::load(weights[p].add(v * V::LANES));
                }
            }
            for r in 0..R {
                let factor = V::splat(*left.row(r));
                for p in 0..P {
                    for v in 0..C::TERM_VECTORS {
                        let to = if STATE && v + 1 == C::TERM_VECTORS { SUMS - 1 } else { v };
                        sums[r][p][to] = factor.multiply_add(values[p][v], sums[r][p][to]);
                    }
                }
            }
        }
        for p in 0..P {
            weights[p] = by_itself(weights[p].wrapping_offset(forth * length as isize));
        }
        left.data = left.data.wrapping_offset(forth);
    }
}

/// The pointer, in a register of its own: multiply-adds of what lies at the sum of two registers are two operations each.
#[inline(always)]
fn by_itself<T>(pointer: *const T) -> *const T {
    #[cfg(target_arch = "x86_64")]
    let pointer = {
        let mut pointer = pointer;
        // SAFETY: it does nothing.
        unsafe {
            std::arch::asm!("/* {0} */", inout(reg) pointer, options(pure, readonly, nostack, preserves_flags));
        }
        pointer
    };
    pointer
}
