//! The largest value of each window of a block that is in cache.

use crate::Real;
use crate::kernels::level::{Level, Routine};
use crate::kernels::vector::is_above;

use super::Window;

/// Most places of a window for [`max_of_block`].
const MOST_PLACES: usize = NOBODY as usize;

/// The place of a value that is nowhere in the input.
const NOBODY: u8 = u8::MAX;

/// The largest value of each window, on the calling thread, as [`max_forward`](super::max_forward) finds it.
///
/// `places`, if wanted, is told the place of each value within its window, [`NOBODY`] where the window covers nothing.
///
/// # Panics
/// If the sizes do not agree, or a window has too many places.
pub(crate) fn max_of_block<T: Real>(level: Level, window: &Window, x: &[T], y: &mut [T], places: Option<&mut [u8]>) {
    window.check(x.len(), y.len());
    assert!(places.as_ref().is_none_or(|places| places.len() == y.len()), "a place for each output");
    let taps = window.pool.iter().product::<usize>();
    assert!(taps <= MOST_PLACES, "the places of a window fit in 8 bits");
    window.with_offsets(window.input, |offsets| match places {
        Some(places) => level.run(BlockMax::<T, true> { window, offsets, x, y, places }),
        None => level.run(BlockMax::<T, false> { window, offsets, x, y, places: &mut [] }),
    });
}

struct BlockMax<'a, T, const PLACES: bool> {
    window: &'a Window,
    /// Where the places of a window lie, from its first on.
    offsets: &'a [usize],
    x: &'a [T],
    y: &'a mut [T],
    places: &'a mut [u8],
}

impl<T: Real, const PLACES: bool> Routine for BlockMax<'_, T, PLACES> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let BlockMax { window, offsets, x, y, places } = self;
        let Window { channels, output, input, pool, .. } = *window;
        let (from, to) = (window.input_image(), window.output_image());
        for image in 0..window.batch {
            let x = &x[image * from..][..from];
            let mut first = image * to;
            for a in 0..output[0] {
                let outer = window.covered(0, a);
                for b in 0..output[1] {
                    let middle = window.covered(1, b);
                    let line = (outer.start * input[1] + middle.start) * input[2];
                    let whole = outer.len() == pool[0] && middle.len() == pool[1];
                    for c in 0..output[2] {
                        let inner = window.covered(2, c);
                        let y = &mut y[first..first + channels];
                        let places = if PLACES { &mut places[first..first + channels] } else { &mut [] };
                        first += channels;
                        if whole && inner.len() == pool[2] && !offsets.is_empty() {
                            let x = &x[(line + inner.start) * channels..];
                            inside::<T, PLACES>(offsets, x, y, places);
                        } else {
                            y.fill(T::neg_infinity());
                            places.fill(NOBODY);
                            window.taps([a, b, c], |tap, [a, b, c]| {
                                let from = ((a * input[1] + b) * input[2] + c) * channels;
                                larger::<T, PLACES>(&x[from..from + channels], tap, y, places);
                            });
                        }
                    }
                }
            }
        }
    }
}

/// A window that lies within the input as a whole; `x` begins with its first place.
#[inline(always)]
fn inside<T: Real, const PLACES: bool>(offsets: &[usize], x: &[T], y: &mut [T], places: &mut [u8]) {
    let mut first = 0;
    first = columns::<T, 16, PLACES>(first, offsets, x, y, places);
    first = columns::<T, 8, PLACES>(first, offsets, x, y, places);
    columns::<T, 1, PLACES>(first, offsets, x, y, places);
}

/// The channels from `first` on, `N` at a time in registers, as far as that goes.
#[inline(always)]
fn columns<T: Real, const N: usize, const PLACES: bool>(
    mut first: usize,
    offsets: &[usize],
    x: &[T],
    y: &mut [T],
    places: &mut [u8],
) -> usize {
    while first + N <= y.len() {
        let values = |offset: usize| {
            let mut values = [T::zero(); N];
            values.copy_from_slice(&x[first + offset..][..N]);
            values
        };
        // As wide as the values, for the same registers.
        let (mut best, mut winner) = (values(offsets[0]), [0_u32; N]);
        for (tap, &offset) in offsets.iter().enumerate().skip(1) {
            let values = values(offset);
            for channel in 0..N {
                let (value, former) = (values[channel], best[channel]);
                if PLACES {
                    let wins = is_above(value, former);
                    best[channel] = if wins { value } else { former };
                    winner[channel] = if wins { tap as u32 } else { winner[channel] };
                } else {
                    best[channel] = if (value > former) | value.is_nan() { value } else { former };
                }
            }
        }
        y[first..first + N].copy_from_slice(&best);
        if PLACES {
            places[first..first + N].iter_mut().zip(winner).for_each(|(place, winner)| *place = winner as u8);
        }
        first += N;
    }
    first
}

/// Notes the values that are larger than the best so far, or the first.
#[inline(always)]
fn larger<T: Real, const PLACES: bool>(values: &[T], tap: u8, best: &mut [T], winner: &mut [u8]) {
    if PLACES {
        for ((&value, best), winner) in values.iter().zip(best).zip(winner) {
            let wins = is_above(value, *best) | (*winner == NOBODY);
            *best = if wins { value } else { *best };
            *winner = if wins { tap } else { *winner };
        }
    } else {
        for (&value, best) in values.iter().zip(best) {
            *best = if (value > *best) | value.is_nan() { value } else { *best };
        }
    }
}
