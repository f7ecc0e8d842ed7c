//! Products of which only the largest of every few rows is wanted: a convolution with the pooling after it.
//!
//! The rows of a group are next to each other in a tile, so that their largest is found in registers: the rows themselves are
//! never stored.

use crate::Real;
use crate::kernels::{Level, Vector, VectorRoutine, scratch};

use super::Matrix;
use super::panel;
use super::tile::{Gathered, Terms, add_term};

/// The sizes of groups that there are tiles for.
pub(in crate::kernels) const GROUPS: std::ops::RangeInclusive<usize> = 2..=4;

/// The largest of each `group` rows of `left right + bias`, NaN if one of them is: a row of `to` for each group. `places`, if
/// wanted, is told which of the rows it is, the first of several.
///
/// # Panics
/// If the sizes do not agree.
pub(in crate::kernels) fn largest<T: Real>(
    level: Level,
    left: &Gathered<T>,
    right: Matrix<T>,
    group: usize,
    bias: Option<&[T]>,
    to: &mut [T],
    mut places: Option<&mut [u8]>,
) {
    let (terms, cols) = (right.rows, right.cols);
    right.check();
    assert!(GROUPS.contains(&group), "a group has 2 to 4 rows");
    assert!(left.terms() == terms && to.len() * group == left.rows() * cols, "sizes of a product");
    assert!(bias.is_none_or(|bias| bias.len() == cols), "a bias value a column");
    assert!(places.as_ref().is_none_or(|places| places.len() == to.len()), "a place for each value");
    let lanes = level.vector_bytes() / size_of::<T>();
    let width = 2 * lanes;
    scratch::arrays([terms * width, width], |[buffer, first]| {
        for col in (0..cols).step_by(width) {
            let count = width.min(cols - col);
            first.fill(T::zero());
            if let Some(bias) = bias {
                first[..count].copy_from_slice(&bias[col..col + count]);
            }
            // Where the columns lie side by side without gaps, they are a panel already.
            let tight = right.col_stride == 1 && right.row_stride == width && count == width;
            if !tight {
                panel::pack(level, &right, 0..terms, col, width, buffer);
            }
            let panel = if tight { right.data } else { &*buffer };
            let terms = left.terms_in(0..terms);
            let (to, places) = (&mut to[col..], places.as_deref_mut().map(|places| &mut places[col..]));
            level.run_vectors(Largest { terms, panel, group, first, count, to, places, stride: cols });
        }
    });
}

/// One panel.
struct Largest<'a, T> {
    terms: Terms<'a, T>,
    panel: &'a [T],
    group: usize,
    /// What each row starts from.
    first: &'a [T],
    /// The columns that count.
    count: usize,
    to: &'a mut [T],
    places: Option<&'a mut [u8]>,
    /// The distance between the rows of `to` and of `places`.
    stride: usize,
}

impl<T: Real> VectorRoutine<T> for Largest<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        // Vectors of the sums of a tile, such that they fit in the registers.
        let wide = size_of::<V>() == 64;
        // SAFETY: the caller answers for the register; `largest` checked the sizes.
        unsafe {
            match (self.count > V::LANES, self.group, wide) {
                (true, 2, true) => self.groups::<V, 2, 12, 2>(),
                (true, 3, true) => self.groups::<V, 3, 12, 2>(),
                (true, _, true) => self.groups::<V, 4, 12, 2>(),
                (true, 2, false) => self.groups::<V, 2, 6, 2>(),
                (true, 3, false) => self.groups::<V, 3, 6, 2>(),
                (true, _, false) => self.groups::<V, 4, 4, 2>(),
                (false, 2, _) => self.groups::<V, 2, 12, 1>(),
                (false, 3, _) => self.groups::<V, 3, 12, 1>(),
                (false, ..) => self.groups::<V, 4, 12, 1>(),
            }
        }
    }
}

impl<T: Real> Largest<'_, T> {
    /// All groups of `G` rows, with tiles of `R` rows of `N` vectors as far as that goes.
    ///
    /// # Safety
    /// The processor has the register; the panel is two vectors wide.
    #[inline(always)]
    unsafe fn groups<V: Vector<Element = T>, const G: usize, const R: usize, const N: usize>(mut self) {
        let rows = self.terms.rows.len();
        let mut row = 0;
        while row + R <= rows {
            // SAFETY: the rows exist; the caller answers for the rest.
            unsafe { self.tile::<V, G, R, N>(row) };
            row += R;
        }
        while row + G <= rows {
            // SAFETY: as above.
            unsafe { self.tile::<V, G, G, N>(row) };
            row += G;
        }
    }

    /// # Safety
    /// The processor has the register; the panel is two vectors wide; the rows from `row` on exist.
    #[inline(always)]
    unsafe fn tile<V: Vector<Element = T>, const G: usize, const R: usize, const N: usize>(&mut self, row: usize) {
        let terms = &self.terms;
        let mut rows = [0; R];
        rows.copy_from_slice(&terms.rows[row..row + R]);
        // SAFETY: the caller answers for the register and the panel; `Gathered::new` checked the rows and terms.
        unsafe {
            let mut sums = [[V::splat(T::zero()); N]; R];
            for i in 0..R {
                for j in 0..N {
                    sums[i][j] = V::load(self.first[j * V::LANES..][..V::LANES].as_ptr());
                }
            }
            let mut right = self.panel.as_ptr();
            for &segment in terms.segments {
                let mut left = terms.data.wrapping_add(segment);
                for _ in 0..terms.run {
                    add_term(&mut sums, left, &rows, right, 0);
                    (left, right) = (left.wrapping_add(terms.step), right.wrapping_add(2 * V::LANES));
                }
            }
            for group in 0..R / G {
                for j in 0..N {
                    let first = (row / G + group) * self.stride + j * V::LANES;
                    let count = (self.count - j * V::LANES).min(V::LANES);
                    let mut best = sums[group * G][j];
                    if let Some(places) = &mut self.places {
                        let mut place = V::place(0);
                        for i in 1..G {
                            (best, place) = best.larger_of(sums[group * G + i][j], [place, V::place(i as u8)]);
                        }
                        place.store_places(places[first..first + count].as_mut_ptr(), count);
                    } else {
                        for i in 1..G {
                            best = sums[group * G + i][j].larger(best);
                        }
                    }
                    let to = self.to[first..first + count].as_mut_ptr();
                    if count == V::LANES { best.store(to) } else { best.store_first(to, count) }
                }
            }
        }
    }
}
