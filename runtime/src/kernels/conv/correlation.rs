//! The loops of the gradient of the weights of a depthwise convolution over one line: the sums of several taps at once in
//! registers.

use std::ops::Range;

use crate::Real;
use crate::kernels::{Vector, VectorRoutine};

use super::lines::{Seen, Taps, inside};
use super::winograd::{load, store};

/// Taps whose sums are in registers at once.
const TAPS: usize = 9;

/// Adds the products of what the taps read and the gradient of a line to the sums of
/// `(taps, row)`, of which the first `channels` of each row count.
pub(super) struct Correlation<'a, T> {
    pub taps: Taps<'a>,
    pub x: &'a [T],
    pub dy: &'a [T],
    pub places: usize,
    pub sums: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Correlation<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(mut self) {
        let Taps { channels, row, .. } = self.taps;
        let seen = self.taps.seen(self.x.len(), self.places);
        assert!(seen.iter().all(|tap| tap.index * row + channels <= self.sums.len()), "a sum for each tap");
        assert!(self.places == 0 || self.places * channels <= self.dy.len(), "a gradient for each place");
        // Chunks of about one size, because few sums are too few to hide the latency of an addition.
        let size = seen.len().div_ceil(seen.len().div_ceil(TAPS).max(1)).max(1);
        for taps in seen.chunks(size) {
            let inside = inside(taps, self.places);
            // SAFETY: the caller answers for the register; what is read and written was checked above.
            unsafe {
                match taps.len() {
                    1 => self.taps::<V, 1>(taps, &inside),
                    2 => self.taps::<V, 2>(taps, &inside),
                    3 => self.taps::<V, 3>(taps, &inside),
                    4 => self.taps::<V, 4>(taps, &inside),
                    5 => self.taps::<V, 5>(taps, &inside),
                    6 => self.taps::<V, 6>(taps, &inside),
                    7 => self.taps::<V, 7>(taps, &inside),
                    8 => self.taps::<V, 8>(taps, &inside),
                    _ => self.taps::<V, TAPS>(taps, &inside),
                }
            }
        }
    }
}

impl<T: Real> Correlation<'_, T> {
    /// `N` taps, two vectors of channels at once as far as registers and channels go.
    ///
    /// # Safety
    /// The processor has the register; all taps and places were checked.
    #[inline(always)]
    unsafe fn taps<V: Vector<Element = T>, const N: usize>(&mut self, taps: &[Seen], inside: &Range<usize>) {
        let channels = self.taps.channels;
        let mut first = 0;
        while first < channels {
            let left = channels - first;
            // SAFETY: as the caller says.
            unsafe {
                if (size_of::<V>() == 64 || N <= 6) && left >= 2 * V::LANES {
                    self.vectors::<V, N, 2>(taps, inside, first, V::LANES);
                    first += 2 * V::LANES;
                } else {
                    self.vectors::<V, N, 1>(taps, inside, first, V::LANES.min(left));
                    first += V::LANES;
                }
            }
        }
    }

    /// # Safety
    /// As for [`taps`](Correlation::taps); `count` channels of the last vector exist.
    #[inline(always)]
    unsafe fn vectors<V: Vector<Element = T>, const N: usize, const M: usize>(
        &mut self,
        taps: &[Seen],
        inside: &Range<usize>,
        first: usize,
        count: usize,
    ) {
        let Taps { step, channels, row, .. } = self.taps;
        let whole = count == V::LANES;
        // SAFETY: as the caller says.
        unsafe {
            let mut sums = [[V::splat(T::zero()); M]; N];
            let mut x = [self.x.as_ptr(); N];
            for k in 0..N {
                x[k] = x[k].wrapping_offset(taps[k].from).wrapping_add(inside.start * step + first);
                for j in 0..M {
                    sums[k][j] = load(&self.sums[taps[k].index * row + first + j * V::LANES..], count);
                }
            }
            let mut dy = self.dy.as_ptr().wrapping_add(inside.start * channels + first);
            for _ in inside.clone() {
                for j in 0..M {
                    let at = j * V::LANES;
                    let slope = if whole { V::load(dy.add(at)) } else { V::load_first(dy.add(at), count) };
                    for k in 0..N {
                        let x = if whole { V::load(x[k].add(at)) } else { V::load_first(x[k].add(at), count) };
                        sums[k][j] = x.multiply_add(slope, sums[k][j]);
                    }
                }
                for k in 0..N {
                    x[k] = x[k].wrapping_add(step);
                }
                dy = dy.wrapping_add(channels);
            }
            for k in 0..N {
                // All places, where `inside` is empty.
                let Range { start, end } = taps[k].places;
                for place in (start..inside.start.clamp(start, end)).chain(inside.end.clamp(start, end)..end) {
                    let x = (place * step + first).wrapping_add_signed(taps[k].from);
                    for j in 0..M {
                        let slope: V = load(&self.dy[place * channels + first + j * V::LANES..], count);
                        sums[k][j] = load::<V>(&self.x[x + j * V::LANES..], count).multiply_add(slope, sums[k][j]);
                    }
                }
            }
            for k in 0..N {
                for j in 0..M {
                    store(sums[k][j], &mut self.sums[taps[k].index * row + first + j * V::LANES..], count);
                }
            }
        }
    }
}
