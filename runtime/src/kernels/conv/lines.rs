//! The loops of a depthwise convolution over one line: several places at once in registers.

use std::ops::Range;

use smallvec::SmallVec;

use crate::Real;
use crate::kernels::gemm::Start;
use crate::kernels::{Vector, VectorRoutine};

use super::winograd::{load, store};

/// Places of a line whose sums are in registers at once, where all taps see the image.
const PLACES: usize = 8;

/// Code for each number in place of a loop.
macro_rules! each {
    ($number:ident in $($each:literal)*: $code:expr) => { $({ let $number = $each; $code })* };
}

/// What a tap of the last axis adds to the places of a line.
#[derive(Clone, Debug)]
pub(super) struct Tap {
    /// Where it reads for place 0, counted from the first element of its line; that may be before it.
    pub from: isize,
    /// The places for which it reads within the line.
    pub places: Range<usize>,
    /// Which of the taps of the last axis it is.
    pub index: usize,
}

/// The taps that a line sees.
#[derive(Clone, Copy)]
pub(super) struct Taps<'a> {
    /// For each of the outer axes' taps that see the image, where their line starts and the first of their taps.
    pub outer: &'a [[usize; 2]],
    pub inner: &'a [Tap],
    /// Elements from what a tap reads for one place to what it reads for the next.
    pub step: usize,
    pub channels: usize,
    /// Elements from the weights of one tap to those of the next.
    pub row: usize,
}

/// A tap of all axes.
pub(super) struct Seen {
    /// Where it reads for place 0, counted from the first element of all; that may be before it.
    pub from: isize,
    pub places: Range<usize>,
    /// Which of all taps it is.
    pub index: usize,
}

impl Taps<'_> {
    /// All taps that a line of `count` places sees.
    ///
    /// # Panics
    /// If one of them reads beyond `x` elements.
    pub fn seen(&self, x: usize, count: usize) -> SmallVec<[Seen; 36]> {
        let mut seen = SmallVec::new();
        for &[line, tap] in self.outer {
            for Tap { from, places, index } in self.inner {
                let from = line as isize + from;
                let places = places.start..places.end.min(count);
                let (first, last) = (places.start * self.step, (places.end.max(1) - 1) * self.step + self.channels);
                let inside = from + first as isize >= 0 && from + last as isize <= x as isize;
                assert!(places.is_empty() || inside, "a tap reads within the image");
                seen.push(Seen { from, places, index: tap + index });
            }
        }
        seen
    }

    /// The columns within the line that the taps of the last axis read for `places`, tap `t` column `place + t` for each: if each
    /// tap reads one place further than the one before, as long as that lies within the line, and fewer places lie beyond it, on
    /// either side, than there are taps.
    fn columns(&self, places: usize) -> Option<Range<usize>> {
        let taps = || self.inner.iter().map(|tap| &tap.places).enumerate().filter(|(_, places)| !places.is_empty());
        let first = taps().map(|(t, of)| of.start + t).min()?;
        let columns = first..taps().map(|(t, of)| of.end.min(places) + t).max()?;
        let next = |pair: &[Tap]| pair[1].from - pair[0].from == self.step as isize;
        let sees = |(t, tap): (usize, &Tap)| {
            let end = columns.end.saturating_sub(t).min(places);
            (tap.places.start, tap.places.end.min(places)) == (columns.start.saturating_sub(t), end)
        };
        let few = columns.start < self.inner.len() && columns.end >= places;
        let are = few && self.inner.windows(2).all(next) && self.inner.iter().enumerate().all(sees);
        are.then_some(columns)
    }
}

/// The places for which all of some taps read within the line.
pub(super) fn inside(taps: &[Seen], places: usize) -> Range<usize> {
    let first = taps.iter().map(|tap| tap.places.start).max().unwrap_or(0);
    let end = taps.iter().map(|tap| tap.places.end.min(places)).min().unwrap_or(places);
    if first < end { first..end } else { 0..0 }
}

/// Each place of a line becomes the sum of what its taps read times their weights, channel by channel.
pub(super) struct Line<'a, T> {
    pub taps: Taps<'a>,
    pub x: &'a [T],
    /// `(taps, row)`, of which the first `channels` of each row count.
    pub weights: &'a [T],
    pub start: Start<'a, T>,
    pub y: &'a mut [T],
    /// Elements from one place of the line to the next.
    pub step: usize,
    pub places: usize,
}

impl<T: Real> VectorRoutine<T> for Line<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(mut self) {
        let channels = self.taps.channels;
        let seen = self.taps.seen(self.x.len(), self.places);
        let columns = self.taps.columns(self.places);
        let fits = |tap: &Seen| tap.index * self.taps.row + channels <= self.weights.len();
        assert!(seen.iter().all(fits), "a weight for each tap");
        assert!(self.places == 0 || (self.places - 1) * self.step + channels <= self.y.len(), "the line fits");
        if let Start::Row(row) = self.start {
            assert_eq!(row.len(), channels, "a first value a channel");
        }
        let inside = inside(&seen, self.places);
        let wide = size_of::<V>() == 64;
        // SAFETY: the caller answers for the register; what is read and written was checked above.
        let mut first = unsafe {
            match (columns, self.taps.inner.len()) {
                (Some(columns), 2) => self.columns::<V, 2>(&columns),
                (Some(columns), 3) => self.columns::<V, 3>(&columns),
                (Some(columns), 5) => self.columns::<V, 5>(&columns),
                (Some(columns), 7) => self.columns::<V, 7>(&columns),
                _ => 0,
            }
        };
        while first < channels {
            let left = channels - first;
            // SAFETY: the caller answers for the register; what is read and written was checked above.
            first += unsafe {
                // As many sums at once as hide the latency of an addition, and fit in the registers.
                let (many, vectors) = (inside.len() >= PLACES, left / V::LANES);
                if many && wide && vectors >= 2 {
                    self.channels::<V, PLACES, 2>(&seen, &inside, first)
                } else if many && vectors >= 1 {
                    self.channels::<V, PLACES, 1>(&seen, &inside, first)
                } else if wide && vectors >= 4 && inside.len() >= 4 {
                    self.channels::<V, 4, 4>(&seen, &inside, first)
                } else if vectors >= 4 {
                    self.channels::<V, 2, 4>(&seen, &inside, first)
                } else if vectors >= 2 {
                    self.channels::<V, 4, 2>(&seen, &inside, first)
                } else if vectors >= 1 {
                    self.channels::<V, 4, 1>(&seen, &inside, first)
                } else {
                    for place in 0..self.places {
                        self.single::<V>(&seen, place, first, left);
                    }
                    left
                }
            };
        }
    }
}

impl<T: Real> Line<'_, T> {
    /// All places, `M` vectors of channels of each from `first` on.
    ///
    /// # Safety
    /// The processor has the register; all taps, weights and places were checked.
    #[inline(always)]
    unsafe fn channels<V: Vector<Element = T>, const N: usize, const M: usize>(
        &mut self,
        seen: &[Seen],
        inside: &Range<usize>,
        first: usize,
    ) -> usize {
        let again = !matches!(self.start, Start::Destination) && inside.len() >= N;
        let mut place = 0;
        while place < self.places {
            let together = if inside.contains(&place) { inside.end - place } else { 0 };
            // SAFETY: as the caller says.
            unsafe {
                if together >= N {
                    self.block::<V, N, M>(seen, place, first);
                    place += N;
                } else if together > 0 && again {
                    // Some places come out once more, the same, which is faster than a smaller block.
                    self.block::<V, N, M>(seen, inside.end - N, first);
                    place = inside.end;
                } else if together >= 2 {
                    self.block::<V, 2, M>(seen, place, first);
                    place += 2;
                } else {
                    self.margin::<V, M>(seen, place, first);
                    place += 1;
                }
            }
        }
        M * V::LANES
    }

    /// All places, the whole vectors of channels: a column is loaded once for the `W` taps that read it. Returns how many channels
    /// those are.
    ///
    /// # Safety
    /// As for [`channels`](Line::channels); the taps are neighbours.
    #[inline(always)]
    unsafe fn columns<V: Vector<Element = T>, const W: usize>(&mut self, columns: &Range<usize>) -> usize {
        const HALF: usize = PLACES / 2;
        let whole = self.taps.channels / V::LANES * V::LANES;
        let again = !matches!(self.start, Start::Destination) && self.places >= PLACES;
        let mut place = 0;
        while place < self.places {
            let count = match self.places - place {
                PLACES.. => PLACES,
                // Some places come out once more, the same, which is faster than a smaller block.
                _ if again => PLACES,
                HALF.. => HALF,
                _ => 1,
            };
            let from = place.min(self.places - count);
            for first in (0..whole).step_by(V::LANES) {
                // SAFETY: as the caller says.
                unsafe {
                    match count {
                        PLACES => self.shared::<V, PLACES, W>(columns, from, first),
                        HALF => self.shared::<V, HALF, W>(columns, from, first),
                        _ => self.shared::<V, 1, W>(columns, from, first),
                    }
                }
            }
            place = from + count;
        }
        whole
    }

    /// `N` places from `place` on, a vector of channels of each.
    ///
    /// # Safety
    /// As for [`columns`](Line::columns); there are so many places.
    #[inline(always)]
    unsafe fn shared<V: Vector<Element = T>, const N: usize, const W: usize>(
        &mut self,
        columns: &Range<usize>,
        place: usize,
        first: usize,
    ) {
        const { assert!(N + W - 1 <= 14, "there is code for each column") };
        let Taps { outer, inner, step, row, .. } = self.taps;
        // SAFETY: as the caller says; a column within the line is one that a tap reads for one of the places.
        unsafe {
            let mut sums = [V::splat(T::zero()); N];
            for k in 0..N {
                sums[k] = self.start(place + k, first, V::LANES);
            }
            let x = self.x.as_ptr().wrapping_offset(inner[0].from).wrapping_add(place * step + first);
            for &[line, tap] in outer {
                let x = x.wrapping_add(line);
                let mut weights = [V::splat(T::zero()); W];
                for t in 0..W {
                    weights[t] = V::load(self.weights.as_ptr().add((tap + inner[t].index) * row + first));
                }
                // Without a loop: the sums are in registers if it is known which of them a column is for.
                each!(column in 0 1 2 3 4 5 6 7 8 9 10 11 12 13: if column < N + W - 1 {
                    // Only the outermost columns may be beyond the line.
                    let before = column < W - 1 && place + column < columns.start;
                    let behind = column >= N && place + column >= columns.end;
                    if !before && !behind {
                        add_column(&mut sums, V::load(x.wrapping_add(column * step)), &weights, column);
                    }
                });
            }
            let y = self.y.as_mut_ptr().add(place * self.step + first);
            for k in 0..N {
                sums[k].store(y.add(k * self.step));
            }
        }
    }

    /// What a place starts from.
    ///
    /// # Safety
    /// As for [`channels`](Line::channels).
    #[inline(always)]
    unsafe fn start<V: Vector<Element = T>>(&self, place: usize, first: usize, count: usize) -> V {
        // SAFETY: as the caller says.
        unsafe {
            match self.start {
                Start::Zero => V::splat(T::zero()),
                Start::Row(row) => load(&row[first..], count),
                Start::Destination => load(&self.y[place * self.step + first..], count),
            }
        }
    }

    /// `N` places from `place` on, for which all taps read within the line: `M` vectors of channels of each.
    ///
    /// # Safety
    /// As for [`channels`](Line::channels).
    #[inline(always)]
    unsafe fn block<V: Vector<Element = T>, const N: usize, const M: usize>(
        &mut self,
        seen: &[Seen],
        place: usize,
        first: usize,
    ) {
        let Taps { step, row, .. } = self.taps;
        // SAFETY: as the caller says.
        unsafe {
            let mut sums = [[V::splat(T::zero()); M]; N];
            for k in 0..N {
                for j in 0..M {
                    sums[k][j] = self.start(place + k, first + j * V::LANES, V::LANES);
                }
            }
            let x = self.x.as_ptr().wrapping_add(place * step + first);
            let weights = self.weights.as_ptr().wrapping_add(first);
            for tap in seen {
                let (x, weights) = (x.wrapping_offset(tap.from), weights.add(tap.index * row));
                for j in 0..M {
                    let weight = V::load(weights.add(j * V::LANES));
                    for k in 0..N {
                        sums[k][j] = V::load(x.add(k * step + j * V::LANES)).multiply_add(weight, sums[k][j]);
                    }
                }
            }
            let y = self.y.as_mut_ptr().add(place * self.step + first);
            for k in 0..N {
                for j in 0..M {
                    sums[k][j].store(y.add(k * self.step + j * V::LANES));
                }
            }
        }
    }

    /// One place, of which some taps may see nothing: `M` vectors of channels.
    ///
    /// # Safety
    /// As for [`channels`](Line::channels).
    #[inline(always)]
    unsafe fn margin<V: Vector<Element = T>, const M: usize>(&mut self, seen: &[Seen], place: usize, first: usize) {
        let Taps { step, row, .. } = self.taps;
        // SAFETY: as the caller says.
        unsafe {
            let mut sums = [V::splat(T::zero()); M];
            for j in 0..M {
                sums[j] = self.start(place, first + j * V::LANES, V::LANES);
            }
            let x = self.x.as_ptr().wrapping_add(place * step + first);
            let weights = self.weights.as_ptr().wrapping_add(first);
            for tap in seen.iter().filter(|tap| tap.places.contains(&place)) {
                let (x, weights) = (x.wrapping_offset(tap.from), weights.add(tap.index * row));
                for j in 0..M {
                    let weight = V::load(weights.add(j * V::LANES));
                    sums[j] = V::load(x.add(j * V::LANES)).multiply_add(weight, sums[j]);
                }
            }
            let y = self.y.as_mut_ptr().add(place * self.step + first);
            for j in 0..M {
                sums[j].store(y.add(j * V::LANES));
            }
        }
    }

    /// One place, of which some taps may see nothing: `count` channels, fewer than a vector has.
    ///
    /// # Safety
    /// As for [`channels`](Line::channels).
    #[inline(always)]
    unsafe fn single<V: Vector<Element = T>>(&mut self, seen: &[Seen], place: usize, first: usize, count: usize) {
        let Taps { step, row, .. } = self.taps;
        // SAFETY: as the caller says.
        unsafe {
            let mut sum: V = self.start(place, first, count);
            for tap in seen {
                if tap.places.contains(&place) {
                    let weight: V = load(&self.weights[tap.index * row + first..], count);
                    let x = (place * step + first).wrapping_add_signed(tap.from);
                    sum = load::<V>(&self.x[x..], count).multiply_add(weight, sum);
                }
            }
            store(sum, &mut self.y[place * self.step + first..], count);
        }
    }
}

/// Adds what lies in a column to the sums of the places that read it: place `column - t` with tap `t`.
///
/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn add_column<V: Vector, const N: usize, const W: usize>(
    sums: &mut [V; N],
    value: V,
    weights: &[V; W],
    column: usize,
) {
    for t in 0..W {
        if let Some(place) = column.checked_sub(t).filter(|&place| place < N) {
            // SAFETY: the caller answers for the register.
            sums[place] = unsafe { value.multiply_add(weights[t], sums[place]) };
        }
    }
}
