//! What a product asks for while it multiplies: the next pieces of its operands, a cache line a term.
//!
//! Only the first tile that uses a piece would wait for it, and the memory would rest while all the others go on. Spread over
//! all tiles, the same lines have several times as long to come, and they come in whole rows, of which a processor finds the
//! next line by itself.

use crate::kernels::vector::Vector;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Rows of memory, of which some lines have been asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region<T> {
    first: *const T,
    /// Lines of a row.
    row: usize,
    /// The distance between rows, in elements.
    stride: usize,
    /// Lines that have been asked for.
    asked: usize,
    /// All lines.
    lines: usize,
}

impl<T> Region<T> {
    /// Nothing.
    pub(super) const EMPTY: Self = Region { first: std::ptr::null(), row: 0, stride: 0, asked: 0, lines: 0 };

    /// `rows` rows of `cols` elements, the first of them at `first`. The memory may be anyone's: it is not read.
    pub(super) fn new(first: *const T, rows: usize, cols: usize, stride: usize) -> Self {
        let row = (cols * size_of::<T>()).div_ceil(LINE);
        Region { first, row, stride, asked: 0, lines: rows * row }
    }

    /// The next `count` lines; if fewer are left, some that have been asked for, too, but none that follow: another thread may
    /// write those, and would have to fetch them back. None if none is left, or if there never were so many.
    pub(super) fn take(&mut self, count: usize) -> Option<Soon<T>> {
        if self.asked >= self.lines || self.lines < count {
            return None;
        }
        let first = self.asked.min(self.lines - count);
        let (row, within) = (first / self.row, first % self.row);
        self.asked += count;
        Some(Soon {
            at: self.first.wrapping_add(row.wrapping_mul(self.stride).wrapping_add(within * Soon::<T>::STEP)),
            left: self.row - within,
            row: self.row,
            skip: self.stride.wrapping_sub(self.row * Soon::<T>::STEP),
        })
    }
}

/// The lines that a tile asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Soon<T> {
    at: *const T,
    /// Those left in this row.
    left: usize,
    /// Those of each row after it.
    row: usize,
    /// From the end of a row to the next one, in elements.
    skip: usize,
}

impl<T> Soon<T> {
    /// Elements of a line.
    const STEP: usize = LINE / size_of::<T>();

    /// Asks for one line.
    #[inline(always)]
    pub(super) fn ask<V: Vector<Element = T>>(&mut self) {
        V::prefetch_to_second_level(self.at);
        self.at = self.at.wrapping_add(Self::STEP);
        self.left -= 1;
        if self.left == 0 {
            (self.at, self.left) = (self.at.wrapping_add(self.skip), self.row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Registers;

    /// The elements whose lines a tile of so many terms asks for.
    fn asked(mut soon: Soon<f32>, terms: usize) -> Vec<usize> {
        let mut all = Vec::new();
        for _ in 0..terms {
            all.push(soon.at as usize / size_of::<f32>());
            soon.ask::<<f32 as Registers>::Portable>();
        }
        all
    }

    #[test]
    fn tiles_ask_for_each_line_in_order_and_for_no_other() {
        for (rows, cols, stride, terms) in [(5, 64, 200, 7), (3, 100, 100, 4), (1, 1000, 0, 9), (40, 3, 17, 11)] {
            let mut region = Region::<f32>::new(std::ptr::null(), rows, cols, stride);
            let mut all = Vec::new();
            while let Some(soon) = region.take(terms) {
                all.push(asked(soon, terms));
            }
            let lines = (0..rows).flat_map(|row| (0..cols).step_by(16).map(move |col| row * stride + col));
            let lines: Vec<_> = lines.collect();
            assert_eq!(all.len(), lines.len().div_ceil(terms));
            // The last tile asks again for what the one before has asked for.
            let last = all.pop().unwrap();
            assert_eq!(last, lines[lines.len() - terms..], "{rows} rows of {cols} at {stride}");
            assert_eq!(all.concat(), lines[..all.len() * terms], "{rows} rows of {cols} at {stride}");
        }
        for mut empty in
            [Region::EMPTY, Region::new(std::ptr::null::<f64>(), 0, 8, 8), Region::new(std::ptr::null(), 3, 8, 9)]
        {
            assert!(empty.take(4).is_none());
        }
    }
}
