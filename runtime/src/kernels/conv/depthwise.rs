//! Convolution of each channel by itself, with one or several filters a channel.
//!
//! There is no matrix product in it: lines of the output are sums of lines of the input times the weights of a tap,
//! element by element. Several filters a channel are one filter for each of as many copies of the channel.

use std::ops::Range;

use crate::kernels::gemm::{Block, Epilogue, Write, add_shards};
use crate::kernels::level::{Routine, multiply_add};
use crate::kernels::scratch;
use crate::{Real, Threads};

use super::Conv;

/// Products a task should hold at least.
const TASK: usize = 1 << 17;

/// Elements that are worked on at once, so that few channels do not mean short loops.
const TILE: usize = 256;

/// Most shards of the lines, for the gradient of the weights.
const SHARDS: usize = 8;

/// The lines of a depthwise convolution: the last spatial axis, with the channels.
pub(super) struct Lines<'a> {
    conv: &'a Conv,
    /// Filters a channel.
    multiplier: usize,
    /// Elements of a tile: whole positions.
    tile: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(conv: &'a Conv) -> Lines<'a> {
        let tile = conv.filters * TILE.div_ceil(conv.filters.max(1));
        Lines { conv, multiplier: conv.filters / conv.channels.max(1), tile }
    }

    fn input_line(&self) -> usize {
        self.conv.input[2] * self.conv.channels
    }

    fn output_line(&self) -> usize {
        self.conv.output[2] * self.conv.filters
    }

    /// Lines of a task, where each line holds `products`.
    fn group(&self, lines: usize, products: usize) -> usize {
        if lines * products < 4 * TASK { lines.max(1) } else { TASK.div_ceil(products.max(1)) }
    }

    /// The windows of a line for which tap `tap` is within the input, and the input's position for the first of them.
    fn windows(&self, tap: usize) -> (Range<usize>, usize) {
        let (stride, pad) = (self.conv.strides[2], self.conv.pad_before[2]);
        let ahead = tap * self.conv.dilation[2];
        let first = pad.saturating_sub(ahead).div_ceil(stride);
        let end = (self.conv.input[2] + pad).saturating_sub(ahead).div_ceil(stride).min(self.conv.output[2]);
        if first < end { (first..end, first * stride + ahead - pad) } else { (0..0, 0) }
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

    /// Calls `work` for each pair of taps of the outer axes, with the number of the first of their taps.
    fn outer_taps(&self, mut work: impl FnMut(usize, usize, usize)) {
        let [first, second, third] = self.conv.kernel;
        for outer in 0..first * second {
            work(outer / second, outer % second, outer * third);
        }
    }

    /// Passes the weights, those of each tap repeated to a tile.
    fn with_tiles<T: Real, R>(&self, weights: &[T], work: impl FnOnce(&[T]) -> R) -> R {
        scratch::elements(self.conv.taps() * self.tile, |tiles: &mut [T]| {
            let filters = self.conv.filters.max(1);
            for (tile, weights) in tiles.chunks_exact_mut(self.tile.max(1)).zip(weights.chunks_exact(filters)) {
                tile.chunks_exact_mut(filters).for_each(|to| to.copy_from_slice(weights));
            }
            work(tiles)
        })
    }

    /// Passes a line of the input, with each channel as often as it has filters.
    fn with_copies<T: Real>(&self, line: &[T], work: impl FnOnce(&[T])) {
        if self.multiplier == 1 {
            return work(line);
        }
        scratch::elements(line.len() * self.multiplier, |copies: &mut [T]| {
            for (copies, &value) in copies.chunks_exact_mut(self.multiplier).zip(line) {
                copies.fill(value);
            }
            work(copies);
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
        let [height, width, _] = self.conv.output;
        let (len, input) = (self.output_line(), self.input_line());
        let lines = self.conv.batch * height * width;
        let group = self.group(lines, len * self.conv.taps());
        self.with_tiles(weights, |tiles| {
            threads.chunks_mut(y, (group * len).max(1), &|task, y| {
                for (index, y) in y.chunks_exact_mut(len).enumerate() {
                    let line = task * group + index;
                    start(y, Write::Overwrite, epilogue.bias);
                    self.outer_taps(|first, second, tap| {
                        let rows = (self.place(0, line / width % height, first), self.place(1, line % width, second));
                        let (Some(row), Some(col)) = rows else { return };
                        let image = line / width / height;
                        let from = (image * self.conv.input[0] + row) * self.conv.input[1] + col;
                        self.with_copies(&x[from * input..][..input], |x| {
                            threads.level().run(Accumulate { lines: self, tap, tiles, from: x, to: y, back: false });
                        });
                    });
                }
                activate(y, epilogue);
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
        let [height, width, _] = self.conv.input;
        let (len, output) = (self.input_line(), self.output_line());
        let lines = self.conv.batch * height * width;
        let group = self.group(lines, len * self.multiplier * self.conv.taps());
        self.with_tiles(weights, |tiles| {
            threads.chunks_mut(dx, (group * len).max(1), &|task, dx| {
                for (index, dx) in dx.chunks_exact_mut(len).enumerate() {
                    let line = task * group + index;
                    start(dx, write, epilogue.bias);
                    self.with_sums(dx, |dx| {
                        self.outer_taps(|first, second, tap| {
                            let rows =
                                (self.window(0, line / width % height, first), self.window(1, line % width, second));
                            let (Some(row), Some(col)) = rows else { return };
                            let image = line / width / height;
                            let from = (image * self.conv.output[0] + row) * self.conv.output[1] + col;
                            let from = &dy[from * output..][..output];
                            threads.level().run(Accumulate { lines: self, tap, tiles, from, to: dx, back: true });
                        });
                    });
                }
                activate(dx, epilogue);
            });
        });
    }

    /// Passes room for a line with a place for each filter of each channel, and adds those up.
    fn with_sums<T: Real>(&self, line: &mut [T], work: impl FnOnce(&mut [T])) {
        if self.multiplier == 1 {
            return work(line);
        }
        scratch::elements(line.len() * self.multiplier, |sums: &mut [T]| {
            sums.fill(T::zero());
            work(sums);
            for (value, sums) in line.iter_mut().zip(sums.chunks_exact(self.multiplier)) {
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
        let [height, width, _] = self.conv.output;
        let (len, input) = (self.output_line(), self.input_line());
        let lines = self.conv.batch * height * width;
        let shards = (lines * len * self.conv.taps() / TASK).clamp(1, SHARDS).min(lines.max(1));
        // A tile of sums for each tap of each shard.
        let size = self.conv.taps() * self.tile;
        scratch::elements(shards * size, |sums: &mut [T]| {
            threads.chunks_mut(sums, size.max(1), &|shard, sums| {
                sums.fill(T::zero());
                for line in lines * shard / shards..lines * (shard + 1) / shards {
                    self.outer_taps(|first, second, tap| {
                        let rows = (self.place(0, line / width % height, first), self.place(1, line % width, second));
                        let (Some(row), Some(col)) = rows else { return };
                        let image = line / width / height;
                        let from = (image * self.conv.input[0] + row) * self.conv.input[1] + col;
                        self.with_copies(&x[from * input..][..input], |x| {
                            let dy = &dy[line * len..][..len];
                            threads.level().run(Correlate { lines: self, tap, x, dy, sums });
                        });
                    });
                }
            });
            for (tap, to) in dweights.chunks_exact_mut(self.conv.filters.max(1)).enumerate() {
                for shard in 0..shards {
                    let sums = &sums[shard * size + tap * self.tile..][..self.tile];
                    add_shards(sums, to.len(), to, if shard == 0 { write } else { Write::Add });
                }
            }
        });
    }
}

/// Brings a line to what its sums start from.
fn start<T: Real>(line: &mut [T], write: Write, bias: Option<&[T]>) {
    if write == Write::Overwrite {
        line.fill(T::zero());
    }
    if let Some(bias) = bias {
        for position in line.chunks_exact_mut(bias.len().max(1)) {
            position.iter_mut().zip(bias).for_each(|(value, &bias)| *value += bias);
        }
    }
}

fn activate<T: Real>(lines: &mut [T], epilogue: &Epilogue<T>) {
    let len = lines.len();
    Block::new(lines, 1, len, len).activate(epilogue.activate);
}

/// `to += a * b`, element by element.
#[inline(always)]
fn add_products<const FMA: bool, T: Real>(to: &mut [T], a: &[T], b: &[T]) {
    for ((to, &a), &b) in to.iter_mut().zip(a).zip(b) {
        *to = multiply_add::<FMA, T>(a, b, *to);
    }
}

/// Adds a line times the weights of its taps, from `tap` on, to another: an input to an output, or `back`.
struct Accumulate<'a, T> {
    lines: &'a Lines<'a>,
    tap: usize,
    tiles: &'a [T],
    from: &'a [T],
    to: &'a mut [T],
    back: bool,
}

impl<T: Real> Routine for Accumulate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Lines { conv, tile, .. } = *self.lines;
        let (filters, step) = (conv.filters, conv.strides[2] * conv.filters);
        for tap in 0..conv.kernel[2] {
            let (windows, place) = self.lines.windows(tap);
            let weights = &self.tiles[(self.tap + tap) * tile..][..tile];
            let (output, input) = (windows.start * filters, place * filters);
            let (from, to) = if self.back { (output, input) } else { (input, output) };
            if step == filters {
                let len = windows.len() * filters;
                let from = self.from[from..from + len].chunks(tile);
                for (to, from) in self.to[to..to + len].chunks_mut(tile).zip(from) {
                    add_products::<FMA, T>(to, from, weights);
                }
                continue;
            }
            let (from_step, to_step) = if self.back { (filters, step) } else { (step, filters) };
            for window in 0..windows.len() {
                let to = &mut self.to[to + window * to_step..][..filters];
                add_products::<FMA, T>(to, &self.from[from + window * from_step..][..filters], weights);
            }
        }
    }
}

/// Adds the products of an input line and the gradient of an output line to the sums of their taps, from `tap` on.
struct Correlate<'a, T> {
    lines: &'a Lines<'a>,
    tap: usize,
    x: &'a [T],
    dy: &'a [T],
    sums: &'a mut [T],
}

impl<T: Real> Routine for Correlate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Lines { conv, tile, .. } = *self.lines;
        let (filters, step) = (conv.filters, conv.strides[2] * conv.filters);
        for tap in 0..conv.kernel[2] {
            let (windows, place) = self.lines.windows(tap);
            let sums = &mut self.sums[(self.tap + tap) * tile..][..tile];
            let (x, dy) = (&self.x[place * filters..], &self.dy[windows.start * filters..][..windows.len() * filters]);
            if step == filters {
                x.chunks(tile).zip(dy.chunks(tile)).for_each(|(x, dy)| add_products::<FMA, T>(sums, x, dy));
            } else {
                for (window, dy) in dy.chunks_exact(filters).enumerate() {
                    add_products::<FMA, T>(sums, &x[window * step..][..filters], dy);
                }
            }
        }
    }
}
