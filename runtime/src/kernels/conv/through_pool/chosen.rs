//! The gradient of the weights of an image of few channels.
//!
//! There, vectors hold filters, each with a place of its own under a window. The elements of the patches at all places are put
//! side by side first, so that one instruction chooses for all filters of a vector.

use std::ops::Range;

use crate::Real;
use crate::kernels::vector::CHOICES;
use crate::kernels::{Vector, VectorRoutine};

use super::Offsets;

/// Elements that are put side by side and stay in the first-level cache.
const SIDE_BY_SIDE: usize = 1 << 12;

/// Fewest windows that are walked over at once.
const WINDOWS: usize = 4;

/// Most elements of a patch whose sums are in registers.
const ELEMENTS: usize = 9;

/// Adds the patches under the outputs that count, times their gradients, element after element.
pub(super) struct Chosen<'a, T> {
    pub offsets: &'a Offsets<'a>,
    pub x: &'a [T],
    /// Of the windows of an image.
    pub dy: &'a [T],
    pub places: &'a [u8],
    pub filters: usize,
    pub sums: &'a mut [T],
    /// Room for the elements that are chosen from: [`room`] says how much is needed.
    pub choices: &'a mut [T],
}

/// Elements that are chosen from under one window: runs are filled up to whole vectors.
fn window_room(patch: usize, run: usize, lanes: usize) -> usize {
    patch / run.max(1) * run.next_multiple_of(lanes) * CHOICES
}

/// Elements that are chosen from at once: those of as many windows as fit in the cache, of one at least.
pub(super) fn room(patch: usize, run: usize, lanes: usize) -> usize {
    SIDE_BY_SIDE.max(window_room(patch, run, lanes))
}

/// Are these enough windows for their sums to stay in registers for a while?
pub(super) fn pays(patch: usize, run: usize, lanes: usize) -> bool {
    WINDOWS * window_room(patch, run, lanes) <= SIDE_BY_SIDE
}

impl<T: Real> VectorRoutine<T> for Chosen<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Chosen { offsets, x, dy, places, filters, sums, choices } = self;
        let (windows, patch) = (offsets.windows.len(), offsets.runs.len() * offsets.run);
        assert!(offsets.end() <= x.len(), "the windows lie within the image");
        assert!(sums.len() == patch * filters, "a sum for each weight");
        assert!(dy.len() == windows * filters && places.len() == dy.len(), "a gradient a window");
        let each = window_room(patch, offsets.run, V::LANES);
        assert!(each > 0 && choices.len() >= each, "room for the choices of a window");
        // As many sums as there are registers for.
        let most = if size_of::<V>() == 64 { 2 } else { 1 };
        let strip = choices.len() / each;
        for first in (0..windows).step_by(strip) {
            let strip = first..(first + strip).min(windows);
            // SAFETY: the caller answers for the register; the assertions above for all that is read and written.
            unsafe { side_by_side::<V>(offsets, x, &strip, choices) };
            let outputs = strip.start * filters..strip.end * filters;
            let (dy, places) = (&dy[outputs.clone()], &places[outputs]);
            let mut filter = 0;
            while filter < filters {
                let vectors = (filters - filter).div_ceil(V::LANES).min(most);
                let walk = Walk { choices, each, run: offsets.run, dy, places, filter, filters };
                let groups = patch.div_ceil(ELEMENTS);
                for group in 0..groups {
                    let elements = patch * group / groups..patch * (group + 1) / groups;
                    // SAFETY: the caller answers for the register; the assertions above for all that is read.
                    unsafe { walk.elements::<V>(elements, vectors, sums) };
                }
                filter += vectors * V::LANES;
            }
        }
    }
}

/// Puts the patches of some windows at all places side by side, vector after vector of each run.
///
/// # Safety
/// The processor has the register; the offsets lie within `x`, and there is room for the choices of all windows.
#[inline(always)]
unsafe fn side_by_side<V: Vector>(
    offsets: &Offsets<'_>,
    x: &[V::Element],
    strip: &Range<usize>,
    choices: &mut [V::Element],
) {
    let mut to = choices.as_mut_ptr();
    for &window in &offsets.windows[strip.clone()] {
        for &first in offsets.runs {
            for start in (0..offsets.run).step_by(V::LANES) {
                let mut rows = [x.as_ptr(); CHOICES];
                for place in 0..CHOICES {
                    rows[place] = rows[place].wrapping_add(window + first + start + offsets.places[place]);
                }
                // SAFETY: the caller answers for the register, the elements of a run at each place, and the room.
                unsafe {
                    V::side_by_side(rows, (offsets.run - start).min(V::LANES), to);
                    to = to.add(CHOICES * V::LANES);
                }
            }
        }
    }
}

/// A strip of windows and the filters from one on.
struct Walk<'a, T> {
    choices: &'a [T],
    /// The choices of one window, and the elements of a run.
    each: usize,
    run: usize,
    dy: &'a [T],
    places: &'a [u8],
    filter: usize,
    filters: usize,
}

impl<T: Real> Walk<'_, T> {
    /// # Safety
    /// The processor has the register, and the sums have these elements of the patch.
    #[inline(always)]
    unsafe fn elements<V: Vector<Element = T>>(&self, elements: Range<usize>, vectors: usize, sums: &mut [T]) {
        macro_rules! each {
            ($($count:literal)*) => {
                match (vectors, elements.len()) {
                    // SAFETY: the caller answers for it.
                    $((2, $count) => unsafe { self.run::<V, $count, 2>(elements.start, sums) },)*
                    // SAFETY: the caller answers for it.
                    $((_, $count) => unsafe { self.run::<V, $count, 1>(elements.start, sums) },)*
                    _ => unreachable!("no sums of {} elements in registers", elements.len()),
                }
            };
        }
        each!(1 2 3 4 5 6 7 8 9);
    }

    /// `E` elements of the patch and `N` vectors of filters.
    ///
    /// # Safety
    /// The processor has the register, and the sums have these elements of the patch.
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>, const E: usize, const N: usize>(&self, first: usize, sums: &mut [T]) {
        let Walk { choices, each, run, dy, places, filter, filters } = *self;
        // The filters of a vector that count.
        let mut count = [V::LANES; N];
        count[N - 1] = (filters - filter - (N - 1) * V::LANES).min(V::LANES);
        let mut offsets = [0; E];
        for (i, offset) in offsets.iter_mut().enumerate() {
            let (vectors, element) = ((first + i) / run * run.div_ceil(V::LANES), (first + i) % run);
            *offset = (vectors + element / V::LANES) * CHOICES * V::LANES + V::beside(element % V::LANES);
        }
        // SAFETY: the caller answers for the register and the sums; each window has a gradient and a place of all filters, and
        // choices for all elements of the patch.
        unsafe {
            let sums = sums.as_mut_ptr().add(first * filters + filter);
            let mut sum = [[V::splat(T::zero()); N]; E];
            for i in 0..E {
                for j in 0..N {
                    sum[i][j] = V::load_first(sums.add(i * filters + j * V::LANES), count[j]);
                }
            }
            for window in 0..dy.len() / filters {
                let at = window * filters + filter;
                let mut gradient = [V::splat(T::zero()); N];
                let mut place = gradient;
                for j in 0..N {
                    gradient[j] = V::load_first(dy.as_ptr().add(at + j * V::LANES), count[j]);
                    place[j] = V::load_places(places.as_ptr().add(at + j * V::LANES), count[j]);
                }
                let choices = choices.as_ptr().add(window * each);
                for i in 0..E {
                    for j in 0..N {
                        let value = V::choose(choices.add(offsets[i]), place[j]);
                        sum[i][j] = value.multiply_add(gradient[j], sum[i][j]);
                    }
                }
            }
            for i in 0..E {
                for j in 0..N {
                    sum[i][j].store_first(sums.add(i * filters + j * V::LANES), count[j]);
                }
            }
        }
    }
}
