//! The gradient of an image.

use std::ops::Range;

use crate::Real;
use crate::kernels::conv::winograd::load;
use crate::kernels::{Vector, VectorRoutine};

use super::Offsets;

/// Adds the weights of the outputs that count, times their gradients, to what these outputs read.
pub(super) struct Spread<'a, T> {
    pub offsets: &'a Offsets<'a>,
    /// For each vector of channels, filter after filter, of each tap the vector.
    pub weights: &'a [T],
    /// Of the windows of an image.
    pub dy: &'a [T],
    pub places: &'a [u8],
    /// Which outputs count; room for some windows.
    pub counting: Counting<'a>,
    /// The gradient of an image.
    pub to: &'a mut [T],
}

/// For each of some windows and each place, a bit for each filter: does the output there count?
pub(super) struct Counting<'a> {
    /// Windows that there is room for.
    pub strip: usize,
    /// Places of a window.
    pub count: usize,
    pub filters: usize,
    pub words: &'a mut [usize],
}

const BITS: usize = usize::BITS as usize;

impl Counting<'_> {
    /// Words of a window of so many places.
    pub fn words(count: usize, filters: usize) -> usize {
        count * filters.div_ceil(BITS)
    }

    /// Notes which outputs of some windows count: each has a place, as the windows lie inside and apart.
    ///
    /// # Safety
    /// The processor has the register.
    #[inline(always)]
    unsafe fn note<V: Vector>(&mut self, windows: Range<usize>, dy: &[V::Element], places: &[u8]) {
        let Counting { count, filters, ref mut words, .. } = *self;
        let each = filters.div_ceil(BITS);
        for (window, words) in windows.zip(words.chunks_exact_mut(Self::words(count, filters))) {
            let row = window * filters..(window + 1) * filters;
            let (dy, places) = (&dy[row.clone()], &places[row]);
            words.fill(0);
            for first in (0..filters).step_by(V::LANES) {
                let lanes = (filters - first).min(V::LANES);
                let places = places[first..first + lanes].as_ptr();
                // SAFETY: the caller answers for the register.
                let values: V = unsafe { load(&dy[first..], lanes) };
                for place in 0..count {
                    // SAFETY: the caller answers for the register; there are places for so many lanes.
                    let bits = unsafe { values.at_place(places, place as u8, lanes) };
                    words[place * each + first / BITS] |= bits << (first % BITS);
                }
            }
        }
    }
}

impl<T: Real> VectorRoutine<T> for Spread<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Spread { offsets, weights, dy, places, mut counting, to } = self;
        let Offsets { windows, runs, run: channels, .. } = *offsets;
        let (filters, taps) = (counting.filters, runs.len());
        let each = filters.div_ceil(BITS);
        assert!(offsets.end() <= to.len() && channels.is_multiple_of(V::LANES), "whole vectors of the gradient");
        assert!(weights.len() == filters * taps * channels, "a weight a tap, a channel and a filter");
        assert!(dy.len() == windows.len() * filters && places.len() == dy.len(), "a gradient a window");
        assert!(counting.words.len() == counting.strip * Counting::words(counting.count, filters), "room for a strip");
        assert!(counting.count <= usize::from(u8::MAX), "places of a window");
        let pieces = taps.div_ceil(9);
        for first in (0..windows.len()).step_by(counting.strip) {
            let strip = first..(first + counting.strip).min(windows.len());
            // SAFETY: the caller answers for the register.
            unsafe { counting.note::<V>(strip.clone(), dy, places) };
            for block in 0..channels / V::LANES {
                let weights = weights[block * filters * taps * V::LANES..].as_ptr();
                for (list, words) in counting.words.chunks_exact(each).take(strip.len() * counting.count).enumerate() {
                    let (window, place) = (strip.start + list / counting.count, list % counting.count);
                    let at = windows[window] + offsets.places[place] + block * V::LANES;
                    if words.iter().all(|word| *word == 0) {
                        continue;
                    }
                    for piece in 0..pieces {
                        let (start, end) = (taps * piece / pieces, taps * (piece + 1) / pieces);
                        let work = Listed {
                            taps: &runs[start..end],
                            weights: weights.wrapping_add(start * V::LANES),
                            step: taps * V::LANES,
                            words,
                            values: dy[window * filters..].as_ptr(),
                            to: to.as_mut_ptr().wrapping_add(at),
                        };
                        // SAFETY: the caller answers for the register; the assertions above for all offsets; bits are those
                        // of filters of this strip, of which there are so many weights and gradients.
                        unsafe {
                            match end - start {
                                9 => work.run::<V, 9>(),
                                8 => work.run::<V, 8>(),
                                7 => work.run::<V, 7>(),
                                6 => work.run::<V, 6>(),
                                5 => work.run::<V, 5>(),
                                4 => work.run::<V, 4>(),
                                3 => work.run::<V, 3>(),
                                2 => work.run::<V, 2>(),
                                _ => work.run::<V, 1>(),
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The filters that count at one place of a window, for some taps and one vector of channels.
struct Listed<'a, T> {
    taps: &'a [usize],
    /// Of the first tap and filter 0.
    weights: *const T,
    /// The distance to the next filter.
    step: usize,
    /// A bit for each filter that counts.
    words: &'a [usize],
    /// The gradients of all filters.
    values: *const T,
    to: *mut T,
}

impl<T: Real> Listed<'_, T> {
    /// # Safety
    /// The processor has the register; the weights and values of all filters and the places of `N` taps may be used.
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>, const N: usize>(self) {
        // SAFETY: the caller answers for the register and the places.
        unsafe {
            let mut sum = [V::splat(T::zero()); N];
            for tap in 0..N {
                sum[tap] = V::load(self.to.add(self.taps[tap]));
            }
            for (place, &word) in self.words.iter().enumerate() {
                let mut left = word;
                while left != 0 {
                    let filter = place * BITS + left.trailing_zeros() as usize;
                    left &= left - 1;
                    let (weights, factor) = (self.weights.add(filter * self.step), V::splat(*self.values.add(filter)));
                    for tap in 0..N {
                        sum[tap] = factor.multiply_add(V::load(weights.add(tap * V::LANES)), sum[tap]);
                    }
                }
            }
            for tap in 0..N {
                sum[tap].store(self.to.add(self.taps[tap]));
            }
        }
    }
}
