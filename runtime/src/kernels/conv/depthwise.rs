//! Convolution of each channel by itself, or of groups of few channels.
//!
//! There is no matrix product in it: lines of the output are sums of lines of the input times the weights of a tap,
//! channel by channel. That takes a line with as many channels as the output has: where a group has several channels or
//! filters, lines are [spread](super::spread) first.

use smallvec::SmallVec;

use crate::kernels::gemm::{Block, Epilogue, Start, Write, add_shards};
use crate::kernels::{Level, scratch};
use crate::{Real, Threads};

use super::Conv;
use super::correlation::Correlation;
use super::lines::{Line, Tap, Taps};
use super::spread::{Flat, Spread};

/// Products a task should hold at least.
const TASK: usize = 1 << 16;

/// Most shards of the lines, for the gradient of the weights.
const SHARDS: usize = 8;

/// Lines of the output for which lines of the input are spread together, so that neighbours share them.
const TOGETHER: usize = 8;

/// Taps of the outer axes; few need no allocation.
pub(super) type Outer = SmallVec<[[usize; 2]; 36]>;

/// Taps of the last axis.
pub(super) type Inner = SmallVec<[Tap; 16]>;

/// The lines of a convolution with few channels a group: the last spatial axis, with the channels.
pub(super) struct Lines<'a> {
    conv: &'a Conv,
    level: Level,
    /// Elements of a vector.
    lanes: usize,
}

impl<'a> Lines<'a> {
    /// None where products of matrices are faster.
    pub(super) fn new<T: Real>(threads: &Threads, conv: &'a Conv) -> Option<Lines<'a>> {
        let lines = Lines { conv, level: threads.level(), lanes: threads.level().vector_bytes() / size_of::<T>() };
        let (channels, filters) = lines.of_group();
        // Products of few columns leave a part of each vector empty, of few groups not for long.
        let small = channels == 1 || (conv.groups > 2 && 4 * channels.max(filters) <= lines.lanes);
        (conv.groups > 1 && small).then_some(lines)
    }

    /// Channels and filters of a group.
    fn of_group(&self) -> (usize, usize) {
        (self.conv.channels / self.conv.groups, self.conv.filters / self.conv.groups)
    }

    /// Are lines of that many channels used where they lie? If not, each is copied first.
    fn lies_well(&self, channels: usize) -> bool {
        self.of_group() == (1, 1) && channels.is_multiple_of(self.lanes)
    }

    pub(super) fn input_line(&self) -> usize {
        self.conv.input[2] * self.conv.channels
    }

    pub(super) fn output_line(&self) -> usize {
        self.conv.output[2] * self.conv.filters
    }

    /// Lines of a task, where each line holds `products`.
    fn group(&self, threads: &Threads, lines: usize, products: usize) -> usize {
        lines.div_ceil(threads.tasks(lines * products, TASK / 2)).max(1)
    }

    /// The position along an outer axis that tap `tap` of window `window` reads.
    fn place(&self, axis: usize, window: usize, tap: usize) -> Option<usize> {
        (window * self.conv.strides[axis] + tap * self.conv.dilation[axis])
            .checked_sub(self.conv.pad_before[axis])
            .filter(|&place| place < self.conv.input[axis])
    }

    /// The window along an outer axis of which tap `tap` reads position `place`.
    fn window(&self, axis: usize, place: usize, tap: usize) -> Option<usize> {
        (place + self.conv.pad_before[axis])
            .checked_sub(tap * self.conv.dilation[axis])
            .filter(|distance| distance.is_multiple_of(self.conv.strides[axis]))
            .map(|distance| distance / self.conv.strides[axis])
            .filter(|&window| window < self.conv.output[axis])
    }

    /// The numbers of the lines that `line` sees, among lines with two outer axes of these `lengths`, and the first tap of
    /// each; `place` is where a tap of an axis is.
    fn outer(
        &self,
        line: usize,
        lengths: [[usize; 2]; 2],
        place: impl Fn(usize, usize, usize) -> Option<usize>,
    ) -> Outer {
        let [[_, width], [from_height, from_width]] = lengths;
        let [first, second, third] = self.conv.kernel;
        let height = lengths[0][0];
        // Divisions take long: each is done once a line.
        let (above, window_col) = (line / width, line % width);
        let (image, window_row) = (above / height, above % height);
        let mut seen = Outer::new();
        for tap_row in 0..first {
            let Some(row) = place(0, window_row, tap_row) else { continue };
            for tap_col in 0..second {
                if let Some(col) = place(1, window_col, tap_col) {
                    let from = (image * from_height + row) * from_width + col;
                    seen.push([from, (tap_row * second + tap_col) * third]);
                }
            }
        }
        seen
    }

    /// The input lines that a line of the output reads.
    fn read(&self, line: usize) -> Outer {
        let Conv { input, output, .. } = self.conv;
        self.outer(line, [[output[0], output[1]], [input[0], input[1]]], |axis, window, tap| {
            self.place(axis, window, tap)
        })
    }

    /// The output lines that a line of the input went to, in order: memory is fastest where it is read so.
    fn went(&self, line: usize) -> Outer {
        let Conv { input, output, .. } = self.conv;
        let mut seen = self.outer(line, [[input[0], input[1]], [output[0], output[1]]], |axis, place, tap| {
            self.window(axis, place, tap)
        });
        seen.reverse();
        seen
    }

    /// What the taps of the last axis read for each window.
    fn taps(&self) -> Inner {
        let (stride, pad, filters) = (self.conv.strides[2], self.conv.pad_before[2], self.conv.filters);
        let tap = |index: usize| {
            let ahead = index * self.conv.dilation[2];
            let first = pad.saturating_sub(ahead).div_ceil(stride);
            let end = (self.conv.input[2] + pad).saturating_sub(ahead).div_ceil(stride).min(self.conv.output[2]);
            Tap { from: (ahead as isize - pad as isize) * filters as isize, places: first..end.max(first), index }
        };
        (0..self.conv.kernel[2]).map(tap).filter(|tap| !tap.places.is_empty()).collect()
    }

    /// The windows that the taps of the last axis read the positions `phase`, `phase + stride`, .. for.
    fn taps_of_phase(&self, phase: usize) -> Inner {
        let (stride, pad, filters) = (self.conv.strides[2] as isize, self.conv.pad_before[2], self.conv.filters);
        let places = self.places(phase) as isize;
        let tap = |index: usize| {
            let ahead = (phase + pad) as isize - (index * self.conv.dilation[2]) as isize;
            let window = ahead.div_euclid(stride);
            let end = (self.conv.output[2] as isize - window).clamp(0, places);
            let first = (-window).clamp(0, end);
            let tap = Tap { from: window * filters as isize, places: first as usize..end as usize, index };
            (ahead.rem_euclid(stride) == 0 && first < end).then_some(tap)
        };
        // From left to right.
        (0..self.conv.kernel[2]).rev().filter_map(tap).collect()
    }

    /// The positions `phase`, `phase + stride`, .. of a line.
    fn places(&self, phase: usize) -> usize {
        self.conv.input[2].saturating_sub(phase).div_ceil(self.conv.strides[2])
    }

    /// The output, then the epilogue.
    pub(super) fn forward<T: Real>(
        &self,
        threads: &Threads,
        x: &[T],
        weights: &[T],
        y: &mut [T],
        epilogue: &Epilogue<T>,
    ) {
        let (len, filters) = (self.output_line(), self.conv.filters);
        let group = self.group(threads, y.len() / len.max(1), len * self.conv.patch());
        if !self.lies_well(filters) {
            return self.forward_spread(threads, x, weights, y, group.max(TOGETHER), epilogue);
        }
        let inner = self.taps();
        let step = self.conv.strides[2] * filters;
        threads.chunks_mut(y, (group * len).max(1), &|task, y| {
            for (index, y) in y.chunks_exact_mut(len).enumerate() {
                let mut outer = self.read(task * group + index);
                outer.iter_mut().for_each(|[line, _]| *line *= self.input_line());
                let start = epilogue.bias.map_or(Start::Zero, Start::Row);
                let taps = Taps { outer: &outer, inner: &inner, step, channels: filters, row: filters };
                let line = Line { taps, x, weights, start, y: &mut *y, step: filters, places: self.conv.output[2] };
                self.level.run_vectors(line);
                // While the line is in the nearest cache.
                activate(y, epilogue);
            }
        });
    }

    fn forward_spread<T: Real>(
        &self,
        threads: &Threads,
        x: &[T],
        weights: &[T],
        y: &mut [T],
        group: usize,
        epilogue: &Epilogue<T>,
    ) {
        let (len, filters) = (self.output_line(), self.conv.filters);
        let (flat, spread) = (Flat::new(len, filters, self.lanes), Spread::of_input(self.conv));
        flat.with_rows(weights, |weights| {
            flat.with_rows(epilogue.bias.unwrap_or_default(), |bias| {
                let start = if epilogue.bias.is_some() { Start::Row(bias) } else { Start::Zero };
                threads.chunks_mut(y, (group * len).max(1), &|task, y| {
                    let first = task * group;
                    let lines = first..first + y.len() / len.max(1);
                    spread.with_lines(
                        self.level,
                        x,
                        lines,
                        |line| self.read(line),
                        |line, x, outer| {
                            let y = &mut y[(line - first) * len..][..len];
                            flat.line(self.level, x, outer, spread.taps(), weights, start, y);
                            activate(y, epilogue);
                        },
                    );
                });
            });
        });
    }

    /// The gradient of the input, then the epilogue.
    pub(super) fn input_gradient<T: Real>(
        &self,
        threads: &Threads,
        dy: &[T],
        weights: &[T],
        dx: &mut [T],
        write: Write,
        epilogue: &Epilogue<T>,
    ) {
        let (len, channels) = (self.input_line(), self.conv.channels);
        let products = len * self.conv.taps() * self.of_group().1;
        let group = self.group(threads, dx.len() / len.max(1), products);
        if !self.lies_well(channels) {
            return self.input_gradient_spread(threads, dy, weights, dx, group.max(TOGETHER), write, epilogue);
        }
        let phases: SmallVec<[Inner; 4]> = (0..self.conv.strides[2]).map(|phase| self.taps_of_phase(phase)).collect();
        let step = self.conv.strides[2] * channels;
        threads.chunks_mut(dx, (group * len).max(1), &|task, dx| {
            for (index, dx) in dx.chunks_exact_mut(len).enumerate() {
                let mut outer = self.went(task * group + index);
                outer.iter_mut().for_each(|[line, _]| *line *= self.output_line());
                let start = Block::new(dx, self.conv.input[2], channels, channels).start(write, epilogue.bias);
                for (phase, inner) in phases.iter().enumerate().filter(|(phase, _)| self.places(*phase) > 0) {
                    let taps = Taps { outer: &outer, inner, step: channels, channels, row: channels };
                    let (y, places) = (&mut dx[phase * channels..], self.places(phase));
                    self.level.run_vectors(Line { taps, x: dy, weights, start, y, step, places });
                }
            }
            activate(dx, epilogue);
        });
    }

    #[allow(clippy::too_many_arguments, reason = "a part of `input_gradient`")]
    fn input_gradient_spread<T: Real>(
        &self,
        threads: &Threads,
        dy: &[T],
        weights: &[T],
        dx: &mut [T],
        group: usize,
        write: Write,
        epilogue: &Epilogue<T>,
    ) {
        let Conv { channels, filters, .. } = *self.conv;
        let (len, stride, (of_channels, of_filters)) = (self.input_line(), self.conv.strides[2], self.of_group());
        let phases: SmallVec<[Inner; 4]> = (0..stride).map(|phase| self.taps_of_phase(phase)).collect();
        let (spread, phases) = Spread::of_output(self.conv, phases);
        let longest = self.places(0) * channels;
        let flat = Flat::new(longest, channels, self.lanes);
        scratch::elements(self.conv.taps() * of_filters * channels, |turned: &mut [T]| {
            // A row of channels for each filter of a group and each tap.
            for (row, turned) in turned.chunks_exact_mut(channels).enumerate() {
                let (tap, filter) = (row / of_filters, row % of_filters);
                for (channel, value) in turned.iter_mut().enumerate() {
                    let (group, channel) = (channel / of_channels, channel % of_channels);
                    *value = weights[(tap * of_channels + channel) * filters + group * of_filters + filter];
                }
            }
            flat.with_rows(turned, |weights| {
                threads.chunks_mut(dx, (group * len).max(1), &|task, dx| {
                    let first = task * group;
                    let lines = first..first + dx.len() / len.max(1);
                    spread.with_lines(
                        self.level,
                        dy,
                        lines,
                        |line| self.went(line),
                        |line, dy, outer| {
                            let dx = &mut dx[(line - first) * len..][..len];
                            let start =
                                Block::new(dx, self.conv.input[2], channels, channels).start(write, epilogue.bias);
                            scratch::elements(longest, |sums: &mut [T]| {
                                for (phase, inner) in phases.iter().enumerate() {
                                    let sums = &mut sums[..self.places(phase) * channels];
                                    flat.line(self.level, dy, outer, inner, weights, Start::Zero, sums);
                                    let places = dx.chunks_exact_mut(channels).skip(phase).step_by(stride);
                                    places
                                        .zip(sums.chunks_exact(channels))
                                        .for_each(|(to, sums)| put(to, sums, &start));
                                }
                            });
                        },
                    );
                    activate(dx, epilogue);
                });
            });
        });
    }

    /// The gradient of the weights.
    pub(super) fn weight_gradient<T: Real>(
        &self,
        threads: &Threads,
        x: &[T],
        dy: &[T],
        dweights: &mut [T],
        write: Write,
    ) {
        let (len, filters, size) = (self.output_line(), self.conv.filters, dweights.len());
        let lines: usize = self.conv.batch * self.conv.output[0] * self.conv.output[1];
        let products = len * self.conv.patch();
        let shards = (lines * products / TASK).clamp(1, SHARDS).min(lines.max(1));
        let share = |shard: usize| lines * shard / shards..lines * (shard + 1) / shards;
        scratch::elements(shards * size, |sums: &mut [T]| {
            threads.chunks_mut(sums, size.max(1), &|shard, sums| {
                if !self.lies_well(filters) {
                    return self.weight_gradient_spread(x, dy, share(shard), sums);
                }
                sums.fill(T::zero());
                let (inner, step) = (self.taps(), self.conv.strides[2] * filters);
                for line in share(shard) {
                    let mut outer = self.read(line);
                    outer.iter_mut().for_each(|[line, _]| *line *= self.input_line());
                    let taps = Taps { outer: &outer, inner: &inner, step, channels: filters, row: filters };
                    let (dy, places) = (&dy[line * len..][..len], self.conv.output[2]);
                    self.level.run_vectors(Correlation { taps, x, dy, places, sums });
                }
            });
            add_shards(sums, size, dweights, write);
        });
    }

    /// The sums of some lines.
    fn weight_gradient_spread<T: Real>(&self, x: &[T], dy: &[T], lines: std::ops::Range<usize>, sums: &mut [T]) {
        let (len, filters) = (self.output_line(), self.conv.filters);
        let (flat, spread) = (Flat::new(len, filters, self.lanes), Spread::of_input(self.conv));
        flat.with_sums(sums, |sums| {
            for first in lines.clone().step_by(TOGETHER) {
                let together = first..(first + TOGETHER).min(lines.end);
                spread.with_lines(
                    self.level,
                    x,
                    together,
                    |line| self.read(line),
                    |line, x, outer| {
                        flat.correlate(self.level, x, outer, spread.taps(), &dy[line * len..][..len], sums);
                    },
                );
            }
        });
    }
}

/// Writes the sums of a place, after what it starts from.
fn put<T: Real>(place: &mut [T], sums: &[T], start: &Start<T>) {
    match start {
        Start::Zero => place.copy_from_slice(sums),
        Start::Row(row) => {
            let both = sums.iter().zip(*row).map(|(&sum, &first)| first + sum);
            place.iter_mut().zip(both).for_each(|(to, value)| *to = value);
        }
        Start::Destination => place.iter_mut().zip(sums).for_each(|(to, &sum)| *to += sum),
    }
}

fn activate<T: Real>(lines: &mut [T], epilogue: &Epilogue<T>) {
    let len = lines.len();
    Block::new(lines, 1, len, len).activate(epilogue.activate);
}
