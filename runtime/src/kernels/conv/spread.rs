//! Lines copied so that all taps find the channels they need side by side.
//!
//! Filter `f` of a group of `c` channels is a sum over them: with `c` copies of the line, the `i`-th of which has for each
//! filter the `i`-th channel of its group, each copy is the input of a depthwise convolution. A copy has zeros around it,
//! and the places that a stride takes together side by side: every tap sees all places, one after the other. Then a line is
//! a row of numbers of which only the weights know where a place ends, and vectors need not fit the channels.

use std::ops::Range;

use crate::Real;
use crate::kernels::gemm::Start;
use crate::kernels::{Level, Routine, scratch};

use super::Conv;
use super::correlation::Correlation;
use super::depthwise::{Inner, Outer};
use super::lines::{Line, Tap, Taps};

/// Elements that are few to copy.
const FEW: usize = 256;

/// How lines are spread.
pub(super) struct Spread {
    /// Channels of a group in the line and in a copy.
    group: [usize; 2],
    groups: usize,
    /// Places of the line.
    length: usize,
    /// Zeros before the line.
    before: usize,
    stride: usize,
    /// Places of a copy for each phase of the stride.
    places: usize,
    /// What the taps of the last axis read, for a stride that is dissolved.
    taps: Inner,
}

impl Spread {
    /// Of lines of the input, for the output.
    pub fn of_input(conv: &Conv) -> Spread {
        let (stride, dilation) = (conv.strides[2], conv.dilation[2]);
        let places = conv.output[2] + conv.kernel[2].saturating_sub(1) * dilation / stride;
        let width = conv.filters;
        let tap = |index: usize| {
            let ahead = index * dilation;
            let from = (ahead % stride * places + ahead / stride) * width;
            Tap { from: from as isize, places: 0..usize::MAX, index: index * (conv.channels / conv.groups) }
        };
        Spread {
            group: [conv.channels / conv.groups, conv.filters / conv.groups],
            groups: conv.groups,
            length: conv.input[2],
            before: conv.pad_before[2],
            stride,
            places,
            taps: (0..conv.kernel[2]).map(tap).collect(),
        }
    }

    /// Of lines of the output, for the gradient of the input; the taps of each phase become those of a copy.
    pub fn of_output(
        conv: &Conv,
        mut phases: smallvec::SmallVec<[Inner; 4]>,
    ) -> (Spread, smallvec::SmallVec<[Inner; 4]>) {
        let filters = conv.filters as isize;
        let all = || phases.iter().flatten();
        let before = all().map(|tap| -tap.from / filters).max().unwrap_or(0).max(0);
        let after = all().map(|tap| tap.from / filters).max().unwrap_or(0).max(0);
        let places = before + conv.input[2].div_ceil(conv.strides[2]) as isize + after;
        for tap in phases.iter_mut().flatten() {
            tap.from = (tap.from / filters + before) * conv.channels as isize;
            tap.places = 0..usize::MAX;
            tap.index *= conv.filters / conv.groups;
        }
        let spread = Spread {
            group: [conv.filters / conv.groups, conv.channels / conv.groups],
            groups: conv.groups,
            length: conv.output[2],
            before: before as usize,
            stride: 1,
            places: places as usize,
            taps: Inner::new(),
        };
        (spread, phases)
    }

    pub fn taps(&self) -> &[Tap] {
        &self.taps
    }

    /// Elements of a copy.
    fn copy_len(&self) -> usize {
        self.stride * self.places * self.groups * self.group[1]
    }

    /// Passes each of some lines with copies of those it `reads`, and where they are among them.
    pub fn with_lines<T: Real>(
        &self,
        level: Level,
        from: &[T],
        lines: Range<usize>,
        reads: impl Fn(usize) -> Outer,
        mut work: impl FnMut(usize, &[T], &[[usize; 2]]),
    ) {
        let (len, copy) = (self.length * self.groups * self.group[0], self.copy_len());
        let most = lines.clone().map(|line| reads(line).len()).sum();
        scratch::indices(most, |numbers| {
            let all = lines.clone().flat_map(&reads).map(|[line, _]| line);
            numbers.iter_mut().zip(all).for_each(|(number, line)| *number = line);
            numbers.sort_unstable();
            let mut count = 0;
            for index in 0..numbers.len() {
                if index == 0 || numbers[index] != numbers[count - 1] {
                    numbers[count] = numbers[index];
                    count += 1;
                }
            }
            let numbers = &numbers[..count];
            scratch::elements(count * self.group[0] * copy, |copies: &mut [T]| {
                for (copies, line) in copies.chunks_exact_mut((self.group[0] * copy).max(1)).zip(numbers) {
                    level.run(Copies { spread: self, line: &from[line * len..][..len], copies });
                }
                for line in lines {
                    let mut outer = Outer::new();
                    for [from, tap] in reads(line) {
                        let place = numbers.binary_search(&from).expect("all of them are there") * self.group[0];
                        let channels = 0..self.group[0];
                        outer.extend(channels.map(|c| [(place + c) * copy, tap * self.group[0] + c]));
                    }
                    work(line, copies, &outer);
                }
            });
        });
    }
}

/// All copies of a line.
struct Copies<'a, T> {
    spread: &'a Spread,
    line: &'a [T],
    copies: &'a mut [T],
}

impl<T: Real> Routine for Copies<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Copies { spread, line, copies } = self;
        let width = spread.groups * spread.group[1];
        if spread.stride == 1 && spread.group[1] == 1 && (2..=4).contains(&spread.group[0]) {
            let inside = spread.before * width..(spread.before + spread.length).min(spread.places) * width;
            for copy in copies.chunks_exact_mut(spread.copy_len().max(1)) {
                copy[..inside.start].fill(T::zero());
                copy[inside.end..].fill(T::zero());
            }
            let (step, copies) = (spread.copy_len(), &mut copies[inside.start..]);
            return match spread.group[0] {
                2 => apart::<T, 2>(line, copies, step, inside.len()),
                3 => apart::<T, 3>(line, copies, step, inside.len()),
                _ => apart::<T, 4>(line, copies, step, inside.len()),
            };
        }
        for (channel, copy) in copies.chunks_exact_mut(spread.copy_len().max(1)).enumerate() {
            let end = (spread.before + spread.length).min(spread.stride * spread.places);
            if spread.stride == 1 {
                copy[..spread.before.min(end) * width].fill(T::zero());
                copy[end * width..].fill(T::zero());
                if end > spread.before {
                    by_group(spread.group, line, channel, &mut copy[spread.before * width..end * width]);
                }
                continue;
            }
            copy.fill(T::zero());
            for (place, line) in line.chunks_exact(spread.groups * spread.group[0]).enumerate() {
                let place = place + spread.before;
                if place < end {
                    let to = (place % spread.stride * spread.places + place / spread.stride) * width;
                    by_group(spread.group, line, channel, &mut copy[to..to + width]);
                }
            }
        }
    }
}

/// Copies one channel of each group of `from` as often as a group of `to` has channels.
#[inline(always)]
fn by_group<T: Real>(group: [usize; 2], from: &[T], channel: usize, to: &mut [T]) {
    match group {
        [1, 1] => copy(&from[..to.len()], to),
        [1, 2] => repeat::<T, 1, 2>(from, channel, to),
        [1, 3] => repeat::<T, 1, 3>(from, channel, to),
        [1, 4] => repeat::<T, 1, 4>(from, channel, to),
        [1, 8] => repeat::<T, 1, 8>(from, channel, to),
        [2, 1] => repeat::<T, 2, 1>(from, channel, to),
        [3, 1] => repeat::<T, 3, 1>(from, channel, to),
        [4, 1] => repeat::<T, 4, 1>(from, channel, to),
        [8, 1] => repeat::<T, 8, 1>(from, channel, to),
        [2, 2] => repeat::<T, 2, 2>(from, channel, to),
        [3, 3] => repeat::<T, 3, 3>(from, channel, to),
        [4, 4] => repeat::<T, 4, 4>(from, channel, to),
        [8, 8] => repeat::<T, 8, 8>(from, channel, to),
        [many, times] => {
            for (to, from) in to.chunks_exact_mut(times).zip(from.chunks_exact(many)) {
                to.fill(from[channel]);
            }
        }
    }
}

/// Copies a few elements: without a call, which would take longer than to copy a place.
#[inline(always)]
fn copy<T: Real>(from: &[T], to: &mut [T]) {
    if to.len() > FEW {
        return to.copy_from_slice(from);
    }
    let (from, last_from) = from.as_chunks::<8>();
    let (to, last) = to.as_chunks_mut::<8>();
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    last.iter_mut().zip(last_from).for_each(|(to, from)| *to = *from);
}

/// Copies the channels of the first `len` groups of `from` to as many copies, `step` apart, in one go.
#[inline(always)]
fn apart<T: Real, const FROM: usize>(from: &[T], to: &mut [T], step: usize, len: usize) {
    let from = &from.as_chunks::<FROM>().0[..len];
    assert!(len <= step && (FROM - 1) * step + len <= to.len(), "the copies are there");
    let mut rest = to;
    let copies: [&mut [T]; FROM] = std::array::from_fn(|_| {
        let end = step.min(rest.len());
        let (copy, after) = std::mem::take(&mut rest).split_at_mut(end);
        rest = after;
        &mut copy[..len]
    });
    for place in 0..len {
        for channel in 0..FROM {
            copies[channel][place] = from[place][channel];
        }
    }
}

/// The same for groups of sizes that are known.
#[inline(always)]
fn repeat<T: Real, const FROM: usize, const TO: usize>(from: &[T], channel: usize, to: &mut [T]) {
    assert!(channel < FROM, "a channel of a group");
    for (to, from) in to.as_chunks_mut::<TO>().0.iter_mut().zip(from.as_chunks::<FROM>().0) {
        *to = [from[channel]; TO];
    }
}

/// A line as a row of numbers in which weights repeat after a period that consists of whole places and of whole vectors.
#[derive(Clone, Copy)]
pub(super) struct Flat {
    /// Channels of a place.
    width: usize,
    /// At most the length of the line.
    period: usize,
}

impl Flat {
    /// Of lines of `len` elements.
    pub fn new(len: usize, width: usize, lanes: usize) -> Flat {
        let width = width.max(1);
        let times = (1..=lanes).find(|times| (times * width).is_multiple_of(lanes)).unwrap_or(1);
        Flat { width, period: (times * width).min(len).max(width) }
    }

    /// Passes `(rows, width)` as `(rows, period)`.
    pub fn with_rows<T: Real>(&self, rows: &[T], work: impl FnOnce(&[T])) {
        if self.period == self.width {
            return work(rows);
        }
        scratch::elements(rows.len() / self.width * self.period, |room: &mut [T]| {
            for (to, row) in room.chunks_exact_mut(self.period).zip(rows.chunks_exact(self.width)) {
                to.chunks_mut(self.width).for_each(|to| to.copy_from_slice(&row[..to.len()]));
            }
            work(room);
        });
    }

    /// Passes room for sums `(rows, period)`, and writes what they come to as `(rows, width)`.
    pub fn with_sums<T: Real>(&self, rows: &mut [T], work: impl FnOnce(&mut [T])) {
        rows.fill(T::zero());
        if self.period == self.width {
            return work(rows);
        }
        scratch::elements(rows.len() / self.width * self.period, |sums: &mut [T]| {
            sums.fill(T::zero());
            work(sums);
            for (to, sums) in rows.chunks_exact_mut(self.width).zip(sums.chunks_exact(self.period)) {
                for sums in sums.chunks(self.width) {
                    to.iter_mut().zip(sums).for_each(|(to, &sum)| *to += sum);
                }
            }
        });
    }

    /// Whole periods of a line of `len` elements and what is left: the first element, the number of periods, their length.
    fn parts(&self, len: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let (periods, rest) = (len / self.period, len % self.period);
        [(0, periods, self.period), (len - rest, 1, rest)].into_iter().filter(|&(_, count, len)| count * len > 0)
    }

    /// A line of sums; `x` are copies.
    #[allow(clippy::too_many_arguments, reason = "what a line consists of")]
    pub fn line<T: Real>(
        &self,
        level: Level,
        x: &[T],
        outer: &[[usize; 2]],
        inner: &[Tap],
        weights: &[T],
        start: Start<T>,
        y: &mut [T],
    ) {
        for (first, places, channels) in self.parts(y.len()) {
            let start = if let Start::Row(row) = start { Start::Row(&row[..channels]) } else { start };
            let taps = Taps { outer, inner, step: channels, channels, row: self.period };
            // No copy is there where no tap sees anything.
            let (x, y) = (x.get(first..).unwrap_or_default(), &mut y[first..]);
            level.run_vectors(Line { taps, x, weights, start, y, step: channels, places });
        }
    }

    /// Adds the products of a line of the gradient and of what the taps read, which are copies.
    pub fn correlate<T: Real>(
        &self,
        level: Level,
        x: &[T],
        outer: &[[usize; 2]],
        inner: &[Tap],
        dy: &[T],
        sums: &mut [T],
    ) {
        for (first, places, channels) in self.parts(dy.len()) {
            let taps = Taps { outer, inner, step: channels, channels, row: self.period };
            let x = x.get(first..).unwrap_or_default();
            level.run_vectors(Correlation { taps, x, dy: &dy[first..], places, sums: &mut *sums });
        }
    }
}
