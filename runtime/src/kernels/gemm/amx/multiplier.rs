//! The loops over strips.

use std::marker::PhantomData;
use std::ops::Range;

use crate::Real;

use super::super::operands::{Block, Start};
use super::super::panel::PanelPart;
use super::unit::{Sums, Tiles, most_rights};
use super::{LINES, steps, strip_end, strip_len};

/// Strips at equal distances.
pub(super) struct Strips<'a> {
    first: *const u16,
    /// Numbers of 16 bits from one to the next.
    apart: usize,
    lines: usize,
    terms: usize,
    lifetime: PhantomData<&'a [u16]>,
}

impl<'a> Strips<'a> {
    /// The strips of so many lines in `data`, one after the other.
    ///
    /// # Panics
    /// If they are not there.
    pub fn new<T: Real>(data: &'a [T], lines: usize, terms: usize) -> Strips<'a> {
        let len = strip_len(terms);
        assert!(
            size_of::<T>() == size_of::<f32>() && lines.div_ceil(LINES) * len <= data.len(),
            "strips of an operand"
        );
        Strips { first: data.as_ptr().cast(), apart: 2 * len, lines, terms, lifetime: PhantomData }
    }

    /// Panels that are strips.
    pub fn of_panels<T: Real>(panels: PanelPart<'a, T>) -> Strips<'a> {
        let (data, apart) = panels.strips();
        let (terms, lines) = panels.size();
        let strips = Strips::new(data, 0, terms);
        assert!(
            lines == 0 || (lines.div_ceil(LINES) - 1) * apart + strip_end(terms) <= data.len(),
            "strips of an operand"
        );
        Strips { apart: 2 * apart, lines, ..strips }
    }

    fn count(&self) -> usize {
        self.lines.div_ceil(LINES)
    }

    /// Where some strips from one on start, `N` at most.
    fn some<const N: usize>(&self, first: usize, count: usize) -> [*const u16; N] {
        std::array::from_fn(|index| self.first.wrapping_add((first + index.min(count - 1)) * self.apart))
    }
}

/// `to = start + left right`, but for the `skipped` first rows of `left`.
///
/// # Panics
/// If the sizes do not agree.
pub(super) fn multiply<T: Real>(
    tiles: &Tiles,
    left: &Strips,
    skipped: usize,
    right: &Strips,
    to: &mut Block<T>,
    start: Start<T>,
) {
    let sizes = (left.lines, left.terms, right.lines);
    assert_eq!(sizes, (skipped + to.rows(), right.terms, to.cols()), "sizes of a product");
    assert!(size_of::<T>() == size_of::<f32>() && left.terms > 0, "tiles are for single precision, and for some terms");
    if let Start::Row(row) = start {
        assert_eq!(row.len(), to.cols(), "a first value a column");
    }
    let mut room = Room([[0.0; WIDTH]; 2 * LINES]);
    for upper in (skipped / LINES..left.count()).step_by(2) {
        let lefts = 2.min(left.count() - upper);
        let lines = skipped.max(upper * LINES)..left.lines.min((upper + lefts) * LINES);
        let rows = lines.start - skipped..lines.end - skipped;
        let most = most_rights(lefts);
        for place in (0..right.count()).step_by(most) {
            let rights = most.min(right.count() - place);
            let cols = place * LINES..right.lines.min((place + rights) * LINES);
            let operands = (left.some::<2>(upper, lefts), right.some::<4>(place, rights));
            let sum = |sums: &Sums| {
                // SAFETY: there are so many strips of so many steps; whole tiles lie within the block, others fit in the room.
                unsafe { tiles.multiply(&operands.0[..lefts], &operands.1[..rights], steps(left.terms), sums) }
            };
            if rows.len() == lefts * LINES && cols.len() == rights * LINES {
                sum(&in_place(to, rows.start, cols.start, start));
            } else {
                let first = lines.start % LINES;
                room.fill(first, to, rows.clone(), cols.clone(), start);
                sum(&room.sums());
                room.empty(first, to, rows.clone(), cols);
            }
        }
    }
}

/// Whole tiles in a block, from a row and a column of it on.
fn in_place<T: Real>(to: &mut Block<T>, row: usize, col: usize, start: Start<T>) -> Sums {
    let (stride, data) = (to.stride, to.data.get().wrapping_add(row * to.stride + col).cast::<f32>());
    let (from, from_stride) = match start {
        Start::Zero => (ZERO.as_ptr(), 0),
        Start::Row(row) => (row[col..].as_ptr().cast(), 0),
        Start::Destination => (data.cast_const(), stride),
    };
    Sums {
        from: [from, from.wrapping_add(LINES * from_stride)],
        from_stride: bytes(from_stride),
        to: [data, data.wrapping_add(LINES * stride)],
        to_stride: bytes(stride),
    }
}

/// Columns of the tiles that lie beside each other at most.
const WIDTH: usize = 4 * LINES;

/// A line for sums that start from 0.
static ZERO: [f32; WIDTH] = [0.0; WIDTH];

/// Room for tiles of which not all rows and columns are wanted.
#[repr(C, align(64))]
struct Room([[f32; WIDTH]; 2 * LINES]);

impl Room {
    /// Brings what sums of some rows and columns of a block start from, to the lines from `first` on.
    fn fill<T: Real>(
        &mut self,
        first: usize,
        to: &mut Block<T>,
        rows: Range<usize>,
        cols: Range<usize>,
        start: Start<T>,
    ) {
        for (line, row) in self.0[first..].iter_mut().zip(rows) {
            let line = &mut line[..cols.len()];
            match start {
                Start::Zero => line.fill(0.0),
                Start::Row(row) => copy(&row[cols.clone()], line),
                Start::Destination => copy(&to.row(row)[cols.clone()], line),
            }
        }
    }

    /// The tiles.
    fn sums(&mut self) -> Sums {
        let data = self.0.as_mut_ptr().cast::<f32>();
        let (both, stride) = ([data, data.wrapping_add(LINES * WIDTH)], bytes(WIDTH));
        Sums { from: both.map(<*mut f32>::cast_const), from_stride: stride, to: both, to_stride: stride }
    }

    /// Takes the sums to their rows and columns.
    fn empty<T: Real>(&self, first: usize, to: &mut Block<T>, rows: Range<usize>, cols: Range<usize>) {
        for (line, row) in self.0[first..].iter().zip(rows) {
            copy(&line[..cols.len()], &mut to.row(row)[cols.clone()]);
        }
    }
}

/// So many numbers in bytes.
const fn bytes(numbers: usize) -> usize {
    numbers * size_of::<f32>()
}

/// Copies numbers of single precision, of which one type is generic.
fn copy<T: Real, U: Real>(from: &[T], to: &mut [U]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = U::of(from.wide()));
}
