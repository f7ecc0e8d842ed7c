//! Convolution of each channel by itself, with one or several filters a channel.
//!
//! There is no matrix product in it: lines of the output are sums of lines of the input times the weights of a tap,
//! channel by channel. Several filters a channel are one filter for each of as many copies of the channel.

use smallvec::SmallVec;

use crate::kernels::gemm::{Block, Epilogue, Start, Write, add_shards};
use crate::kernels::scratch;
use crate::{Real, Threads};

use super::Conv;
use super::lines::{Correlation, Line, Tap, Taps};

/// Products a task should hold at least.
const TASK: usize = 1 << 17;

/// Most shards of the lines, for the gradient of the weights.
const SHARDS: usize = 8;

/// Taps of the outer axes; few need no allocation.
type Outer = SmallVec<[[usize; 2]; 16]>;

/// Taps of the last axis.
type Inner = SmallVec<[Tap; 16]>;

/// The lines of a depthwise convolution: the last spatial axis, with the channels.
pub(super) struct Lines<'a> {
    conv: &'a Conv,
    /// Filters a channel.
    multiplier: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(conv: &'a Conv) -> Lines<'a> {
        Lines { conv, multiplier: conv.filters / conv.channels.max(1) }
    }

    fn input_line(&self) -> usize {
        self.conv.input[2] * self.conv.channels
    }

    fn output_line(&self) -> usize {
        self.conv.output[2] * self.conv.filters
    }

    /// Lines of a task, where each line holds `products`.
    fn group(&self, lines: usize, products: usize) -> usize {
        lines.div_ceil((lines * products / TASK).max(1)).max(1)
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

    /// The output lines that a line of the input went to.
    fn went(&self, line: usize) -> Outer {
        let Conv { input, output, .. } = self.conv;
        self.outer(line, [[input[0], input[1]], [output[0], output[1]]], |axis, place, tap| {
            self.window(axis, place, tap)
        })
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
        (0..self.conv.kernel[2]).filter_map(tap).collect()
    }

    /// The positions `phase`, `phase + stride`, .. of a line.
    fn places(&self, phase: usize) -> usize {
        self.conv.input[2].saturating_sub(phase).div_ceil(self.conv.strides[2])
    }

    /// Passes lines of the input, with each channel as often as it has filters, and where they are among what is passed.
    fn with_copies<T: Real>(&self, x: &[T], mut lines: Outer, work: impl FnOnce(&[T], &[[usize; 2]])) {
        let len = self.input_line();
        if self.multiplier == 1 {
            lines.iter_mut().for_each(|[line, _]| *line *= len);
            return work(x, &lines);
        }
        scratch::elements(lines.len() * len * self.multiplier, |copies: &mut [T]| {
            for (copies, [line, _]) in copies.chunks_exact_mut((len * self.multiplier).max(1)).zip(&mut lines) {
                for (copies, &value) in copies.chunks_exact_mut(self.multiplier).zip(&x[*line * len..][..len]) {
                    copies.fill(value);
                }
            }
            for (index, [line, _]) in lines.iter_mut().enumerate() {
                *line = index * len * self.multiplier;
            }
            work(copies, &lines);
        });
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
        let (len, channels) = (self.output_line(), self.conv.filters);
        let group = self.group(y.len() / len.max(1), len * self.conv.taps());
        let inner = self.taps();
        let step = self.conv.strides[2] * channels;
        threads.chunks_mut(y, (group * len).max(1), &|task, y| {
            for (index, y) in y.chunks_exact_mut(len).enumerate() {
                self.with_copies(x, self.read(task * group + index), |x, outer| {
                    let start = epilogue.bias.map_or(Start::Zero, Start::Row);
                    let (taps, places) = (Taps { outer, inner: &inner, step, channels }, self.conv.output[2]);
                    threads.level().run_vectors(Line { taps, x, weights, start, y: &mut *y, step: channels, places });
                });
                // While the line is in the nearest cache.
                activate(y, epilogue);
            }
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
        let (len, output, filters) = (self.input_line(), self.output_line(), self.conv.filters);
        let group = self.group(dx.len() / len.max(1), len * self.multiplier * self.conv.taps());
        let phases: SmallVec<[Inner; 4]> = (0..self.conv.strides[2]).map(|phase| self.taps_of_phase(phase)).collect();
        let step = self.conv.strides[2] * filters;
        threads.chunks_mut(dx, (group * len).max(1), &|task, dx| {
            for (index, dx) in dx.chunks_exact_mut(len).enumerate() {
                let mut outer = self.went(task * group + index);
                outer.iter_mut().for_each(|[line, _]| *line *= output);
                self.with_sums(dx, write, epilogue.bias, |dx, start| {
                    for (phase, inner) in phases.iter().enumerate().filter(|(phase, _)| self.places(*phase) > 0) {
                        let taps = Taps { outer: &outer, inner, step: filters, channels: filters };
                        let (y, places) = (&mut dx[phase * filters..], self.places(phase));
                        threads.level().run_vectors(Line { taps, x: dy, weights, start, y, step, places });
                    }
                });
            }
            activate(dx, epilogue);
        });
    }

    /// Passes room for a line with a place for each filter of each channel, and adds those up.
    fn with_sums<'b, T: Real>(
        &self,
        line: &mut [T],
        write: Write,
        bias: Option<&'b [T]>,
        work: impl FnOnce(&mut [T], Start<'b, T>),
    ) {
        let len = line.len();
        if self.multiplier == 1 {
            let start =
                Block::new(line, len / self.conv.channels, self.conv.channels, self.conv.channels).start(write, bias);
            return work(line, start);
        }
        scratch::elements(len * self.multiplier, |sums: &mut [T]| {
            work(sums, Start::Zero);
            if write == Write::Overwrite {
                line.fill(T::zero());
            }
            for (place, (value, sums)) in line.iter_mut().zip(sums.chunks_exact(self.multiplier)).enumerate() {
                *value += bias.map_or(T::zero(), |bias| bias[place % self.conv.channels]);
                sums.iter().for_each(|&sum| *value += sum);
            }
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
        let (len, channels) = (self.output_line(), self.conv.filters);
        let lines: usize = self.conv.batch * self.conv.output[0] * self.conv.output[1];
        let shards = (lines * len * self.conv.taps() / TASK).clamp(1, SHARDS).min(lines.max(1));
        let size = dweights.len();
        let inner = self.taps();
        let (step, places) = (self.conv.strides[2] * channels, self.conv.output[2]);
        scratch::elements(shards * size, |sums: &mut [T]| {
            threads.chunks_mut(sums, size.max(1), &|shard, sums| {
                sums.fill(T::zero());
                for line in lines * shard / shards..lines * (shard + 1) / shards {
                    self.with_copies(x, self.read(line), |x, outer| {
                        let (taps, dy) = (Taps { outer, inner: &inner, step, channels }, &dy[line * len..][..len]);
                        threads.level().run_vectors(Correlation { taps, x, dy, places, sums });
                    });
                }
            });
            add_shards(sums, size, dweights, write);
        });
    }
}

fn activate<T: Real>(lines: &mut [T], epilogue: &Epilogue<T>) {
    let len = lines.len();
    Block::new(lines, 1, len, len).activate(epilogue.activate);
}
