//! The gradient of an image.

use std::ops::Range;

use crate::Real;
use crate::kernels::{Vector, VectorRoutine};

use super::Offsets;

/// Adds the weights of the outputs that count, times their gradients, to what these outputs read.
pub(super) struct Spread<'a, T> {
    pub offsets: &'a Offsets<'a>,
    /// For each vector of channels, filter after filter, of each tap the vector.
    pub weights: &'a [T],
    /// Of the windows of an image, each with `all` filters.
    pub dy: &'a [T],
    pub places: &'a [u8],
    pub all: usize,
    /// Room.
    pub lists: Lists<'a, T>,
    /// The gradient of an image.
    pub to: &'a mut [T],
}

/// For each window of a strip and each place, the filters of which the output there counts, with their gradients.
pub(super) struct Lists<'a, T> {
    /// Windows of a strip.
    pub strip: usize,
    /// Places of a window.
    pub count: usize,
    pub lens: &'a mut [usize],
    pub filters: &'a mut [usize],
    pub values: &'a mut [T],
}

impl<T: Real> Lists<'_, T> {
    /// Lists the outputs of some windows.
    #[inline(always)]
    fn fill(&mut self, windows: Range<usize>, dy: &[T], places: &[u8], all: usize) {
        self.lens.fill(0);
        for (index, window) in windows.enumerate() {
            let row = window * all..(window + 1) * all;
            for (filter, (&value, &place)) in dy[row.clone()].iter().zip(&places[row]).enumerate() {
                let list = index * self.count + usize::from(place);
                let end = list * all + self.lens[list];
                (self.filters[end], self.values[end]) = (filter, value);
                // What is 0 is written over by the next.
                self.lens[list] += usize::from(value != T::zero());
            }
        }
    }
}

impl<T: Real> VectorRoutine<T> for Spread<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Spread { offsets, weights, dy, places, all, mut lists, to } = self;
        let Offsets { windows, runs, run: channels, .. } = *offsets;
        let taps = runs.len();
        assert!(offsets.end() <= to.len() && channels.is_multiple_of(V::LANES), "whole vectors of the gradient");
        assert!(weights.len() == all * taps * channels, "a weight a tap, a channel and a filter");
        assert!(dy.len() == windows.len() * all && places.len() == dy.len(), "a gradient a window");
        assert!(places.iter().all(|&place| usize::from(place) < lists.count), "places of a window");
        let pieces = taps.div_ceil(9);
        for first in (0..windows.len()).step_by(lists.strip) {
            let strip = first..(first + lists.strip).min(windows.len());
            lists.fill(strip.clone(), dy, places, all);
            for block in 0..channels / V::LANES {
                let weights = weights[block * all * taps * V::LANES..].as_ptr();
                for list in 0..strip.len() * lists.count {
                    let (window, place) = (strip.start + list / lists.count, list % lists.count);
                    let at = windows[window] + offsets.places[place] + block * V::LANES;
                    let listed = list * all..list * all + lists.lens[list];
                    if listed.is_empty() {
                        continue;
                    }
                    for piece in 0..pieces {
                        let (start, end) = (taps * piece / pieces, taps * (piece + 1) / pieces);
                        let work = Listed {
                            taps: &runs[start..end],
                            weights: weights.wrapping_add(start * V::LANES),
                            step: taps * V::LANES,
                            filters: &lists.filters[listed.clone()],
                            values: &lists.values[listed.clone()],
                            to: to.as_mut_ptr().wrapping_add(at),
                        };
                        // SAFETY: the caller answers for the register; the assertions above for all offsets.
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

/// The filters of one list, for some taps and one vector of channels.
struct Listed<'a, T> {
    taps: &'a [usize],
    /// Of the first tap and filter 0.
    weights: *const T,
    /// The distance to the next filter.
    step: usize,
    filters: &'a [usize],
    values: &'a [T],
    to: *mut T,
}

impl<T: Real> Listed<'_, T> {
    /// # Safety
    /// The processor has the register; the weights of all filters and the places of `N` taps may be used.
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>, const N: usize>(self) {
        // SAFETY: the caller answers for the register and the places.
        unsafe {
            let mut sum = [V::splat(T::zero()); N];
            for tap in 0..N {
                sum[tap] = V::load(self.to.add(self.taps[tap]));
            }
            for (&filter, &value) in self.filters.iter().zip(self.values) {
                let (weights, factor) = (self.weights.add(filter * self.step), V::splat(value));
                for tap in 0..N {
                    sum[tap] = factor.multiply_add(V::load(weights.add(tap * V::LANES)), sum[tap]);
                }
            }
            for tap in 0..N {
                sum[tap].store(self.to.add(self.taps[tap]));
            }
        }
    }
}
