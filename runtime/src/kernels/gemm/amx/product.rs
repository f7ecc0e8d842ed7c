//! Products of operands as they lie, and of packed ones.

use std::ops::Range;

use crate::Real;
use crate::kernels::level::Routine;
use crate::kernels::{Level, scratch};

use super::super::Matrix;
use super::super::operands::{Block, Right, Start};
use super::super::panel::PanelPart;
use super::super::tile::{Gathered, Terms};
use super::multiplier::{Strips, multiply};
use super::unit::{Tiles, is_available};
use super::{LINES, STRETCH, Side, strip_len, strips, together};

/// Packs lines of an operand, the columns of `matrix` from `first` on, into a strip.
///
/// # Panics
/// If the strip has another length, or if there are no tiles.
pub(in crate::kernels::gemm) fn pack_strip<T: Real>(side: Side, matrix: &Matrix<T>, first: usize, strip: &mut [T]) {
    matrix.check();
    assert_eq!(strip.len(), strip_len(matrix.rows), "the length of a strip");
    let mut lines = [0; LINES];
    let count = LINES.min(matrix.cols - first);
    for (line, place) in lines[..count].iter_mut().enumerate() {
        *place = (first + line) * matrix.col_stride;
    }
    let (data, run, step) = (matrix.data.as_ptr(), matrix.rows, matrix.row_stride);
    pack(side, &Terms { data, rows: &lines[..count], segments: &[0], run, step }, 0..matrix.rows, strip);
}

/// Packs some terms of lines of an operand into a strip.
///
/// # Panics
/// If there is no room for them, or if there are no tiles.
fn pack<T: Real>(side: Side, lines: &Terms<T>, range: Range<usize>, strip: &mut [T]) {
    assert!(is_available() && size_of::<T>() == size_of::<f32>(), "tiles are for single precision");
    assert!(strip_len(range.len()) <= strip.len(), "room for a strip");
    // `Real` is sealed over f32 and f64, so T is f32.
    let Terms { data, rows, segments, run, step } = *lines;
    let lines = Terms { data: data.cast::<f32>(), rows, segments, run, step };
    // SAFETY: a processor with tiles has AVX-512; operands have been checked; there is room.
    unsafe { strips::pack(side, &lines, range, strip.as_mut_ptr().cast::<u16>()) };
}

/// `to = start + left right`, and what is below 0 becomes 0 if `relu`. A row comes out the same with whatever others it is
/// multiplied.
///
/// # Panics
/// If the sizes do not agree, or if there are no tiles.
pub(in crate::kernels::gemm) fn product<T: Real>(
    left: &Gathered<T>,
    right: Right<T>,
    to: &mut Block<T>,
    start: Start<T>,
    relu: bool,
) {
    let (terms, cols) = right.size();
    let tiles = Tiles::ready();
    for first in (0..terms).step_by(STRETCH) {
        let range = first..terms.min(first + STRETCH);
        let right = right.lines(range.start, range.len());
        let start = if first == 0 { start } else { Start::Destination };
        let relu = relu && range.end == terms;
        let len = strip_len(range.len());
        let (together, room) = match right {
            Right::Panels(_) => (cols, 0),
            Right::Matrix(_) | Right::Tiles(_) => {
                let together = together(range.len()).min(cols);
                (together, together.div_ceil(LINES) * len)
            }
        };
        scratch::arrays([room, 2 * len], |[packed, lefts]: [&mut [T]; 2]| {
            for col in (0..cols).step_by(together) {
                let part = col..cols.min(col + together);
                let right = match right {
                    Right::Panels(panels) => Strips::of_panels(panels),
                    Right::Matrix(matrix) | Right::Tiles(matrix) => {
                        let strips = packed.chunks_exact_mut(len).take(part.len().div_ceil(LINES));
                        for (index, strip) in strips.enumerate() {
                            pack_strip(Side::Right, &matrix, col + index * LINES, strip);
                        }
                        Strips::new(packed, part.len(), range.len())
                    }
                };
                for row in (0..to.rows()).step_by(2 * LINES) {
                    let rows = row..to.rows().min(row + 2 * LINES);
                    for (line, strip) in rows.clone().step_by(LINES).zip(lefts.chunks_exact_mut(len)) {
                        pack(Side::Left, &left.lines(line..rows.end.min(line + LINES)), range.clone(), strip);
                    }
                    let left = Strips::new(lefts, rows.len(), range.len());
                    // SAFETY: the part is in use alone.
                    let mut to = unsafe { to.part(rows, part.clone()) };
                    multiply(&tiles, &left, 0, &right, &mut to, start.columns(part.clone()));
                    if relu {
                        positive(&mut to);
                    }
                }
            }
        });
    }
}

/// `to = start + left right` with packed operands; the rows are those of the strips of `left` from `skipped` on.
///
/// # Panics
/// If the sizes do not agree, or if there are no tiles.
pub(in crate::kernels::gemm) fn product_of_strips<T: Real>(
    left: &[T],
    skipped: usize,
    right: PanelPart<T>,
    to: &mut Block<T>,
    start: Start<T>,
) {
    let left = Strips::new(left, skipped + to.rows(), right.size().0);
    multiply(&Tiles::ready(), &left, skipped, &Strips::of_panels(right), to, start);
}

/// What is below 0 becomes 0; what is not a number stays so.
fn positive<T: Real>(to: &mut Block<T>) {
    for row in 0..to.rows() {
        Level::Amx.run(Positive(to.row(row)));
    }
}

struct Positive<'a, T>(&'a mut [T]);

impl<T: Real> Routine for Positive<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for value in self.0 {
            *value = if *value < T::zero() { T::zero() } else { *value };
        }
    }
}
