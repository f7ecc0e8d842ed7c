//! The gradient of the weights of an image.

use std::ops::Range;

use crate::Real;
use crate::kernels::{Vector, VectorRoutine};

use super::Offsets;

/// Windows that are walked over at once: what they read stays in the first-level cache.
const STRIP: usize = 48;

/// Adds the patches under the outputs that count, times their gradients, filter after filter.
pub(super) struct Sums<'a, T> {
    pub offsets: &'a Offsets<'a>,
    pub x: &'a [T],
    /// Of the windows of an image.
    pub dy: &'a [T],
    pub places: &'a [u8],
    /// The filters, of `all`, that `sums` has.
    pub filters: Range<usize>,
    pub all: usize,
    pub sums: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Sums<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Sums { offsets, x, dy, places, filters, all, sums } = self;
        let Offsets { windows, runs, run, .. } = *offsets;
        let patch = runs.len() * run;
        assert!(offsets.end() <= x.len() && run.is_multiple_of(V::LANES), "whole vectors of the image");
        assert!(sums.len() == filters.len() * patch && filters.end <= all, "a sum for each weight");
        assert!(dy.len() == windows.len() * all && places.len() == dy.len(), "a gradient a window");
        // As many sums as there are registers for.
        let most = if size_of::<V>() == 64 { 6 } else { 4 };
        let pieces = (run / V::LANES).div_ceil(most);
        for strip in (0..windows.len()).step_by(STRIP) {
            let strip = strip..(strip + STRIP).min(windows.len());
            for (filter, sums) in filters.clone().zip(sums.chunks_exact_mut(patch)) {
                let mut first = 0;
                while first < runs.len() {
                    let count = if runs.len() - first < 3 { 1 } else { 3 };
                    for piece in 0..pieces {
                        let vectors = run / V::LANES;
                        let (start, end) = (vectors * piece / pieces, vectors * (piece + 1) / pieces);
                        let walk = Walk {
                            offsets,
                            strip: strip.clone(),
                            first,
                            start: start * V::LANES,
                            x: x.as_ptr(),
                            dy: dy[filter..].as_ptr(),
                            places: places[filter..].as_ptr(),
                            all,
                            sums: sums.as_mut_ptr(),
                        };
                        // SAFETY: the caller answers for the register; the assertions above for all offsets.
                        unsafe {
                            match (count, end - start) {
                                (3, 6) => walk.run::<V, 3, 6>(),
                                (3, 5) => walk.run::<V, 3, 5>(),
                                (3, 4) => walk.run::<V, 3, 4>(),
                                (3, 3) => walk.run::<V, 3, 3>(),
                                (3, 2) => walk.run::<V, 3, 2>(),
                                (3, _) => walk.run::<V, 3, 1>(),
                                (_, 6) => walk.run::<V, 1, 6>(),
                                (_, 5) => walk.run::<V, 1, 5>(),
                                (_, 4) => walk.run::<V, 1, 4>(),
                                (_, 3) => walk.run::<V, 1, 3>(),
                                (_, 2) => walk.run::<V, 1, 2>(),
                                _ => walk.run::<V, 1, 1>(),
                            }
                        }
                    }
                    first += count;
                }
            }
        }
    }
}

/// Some vectors of some runs, for one filter.
struct Walk<'a, T> {
    offsets: &'a Offsets<'a>,
    strip: Range<usize>,
    /// The first run, and the first element within each.
    first: usize,
    start: usize,
    x: *const T,
    /// Of this filter at the first window.
    dy: *const T,
    places: *const u8,
    /// The distance to the next window.
    all: usize,
    sums: *mut T,
}

impl<T: Real> Walk<'_, T> {
    /// # Safety
    /// The processor has the register; all offsets of `R` runs and `N` vectors lie within the data.
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>, const R: usize, const N: usize>(self) {
        let Walk { offsets, strip, first, start, x, dy, places, all, sums } = self;
        // SAFETY: the caller answers for the register and the offsets.
        unsafe {
            let sums = sums.add(first * offsets.run + start);
            let mut sum = [[V::splat(T::zero()); N]; R];
            let mut from = [x; R];
            for i in 0..R {
                from[i] = x.add(offsets.runs[first + i] + start);
                for j in 0..N {
                    sum[i][j] = V::load(sums.add(i * offsets.run + j * V::LANES));
                }
            }
            for window in strip {
                let place = *places.add(window * all);
                let factor = V::splat(*dy.add(window * all));
                let offset = offsets.windows.get_unchecked(window) + offsets.places[usize::from(place)];
                for i in 0..R {
                    for j in 0..N {
                        let values = V::load(from[i].add(offset + j * V::LANES));
                        sum[i][j] = factor.multiply_add(values, sum[i][j]);
                    }
                }
            }
            for i in 0..R {
                for j in 0..N {
                    sum[i][j].store(sums.add(i * offsets.run + j * V::LANES));
                }
            }
        }
    }
}
