//! The gradient of the input, which is also the transposed convolution.
//!
//! Input positions with the same remainder by the strides, a phase, see the same taps. The gradient of each phase is a
//! convolution of the output's gradient with those taps, in reverse order, at stride 1.

use crate::kernels::gemm::{Block, Epilogue, Matrix, Right, Way, Write, gemm, pack};
use crate::kernels::scratch;
use crate::threads::Shareable;
use crate::{Real, Threads};

use super::depthwise::Lines;
use super::narrow::Narrow;
use super::patches::{Axis, Part, Patches};
use super::scattered::Scattered;
use super::{Conv, Gradient, Left, Put, Taps, ThroughPool, Winograd, block_rows, column_part, column_parts};

/// Elements of the weights from which bringing them in order is worth a fork.
const PARALLEL: usize = 1 << 14;

/// The gradient of the input, `dx = dy * weights transposed`, then the epilogue; its bias has a value a channel.
///
/// # Panics
/// If the sizes do not agree.
pub fn input_gradient<T: Real>(
    threads: &Threads,
    conv: &Conv,
    gradient: &Gradient<T>,
    taps: Taps<T>,
    dx: &mut [T],
    write: Write,
    epilogue: &Epilogue<T>,
) {
    gradient.check(conv);
    let plain = epilogue.bias.is_none() && epilogue.activate.is_none();
    if let Some(pooled) = ThroughPool::for_input(threads, conv, gradient).filter(|_| plain) {
        conv.check(dx.len(), taps.values.len(), conv.batch * conv.outputs() * conv.filters);
        return pooled.input_gradient(threads, taps.values, dx, write);
    }
    gradient.whole(threads, conv, |dy| of_output(threads, conv, dy, taps, dx, write, epilogue));
}

/// The same from the gradient of the output itself.
fn of_output<T: Real>(
    threads: &Threads,
    conv: &Conv,
    dy: &[T],
    taps: Taps<T>,
    dx: &mut [T],
    write: Write,
    epilogue: &Epilogue<T>,
) {
    let weights = taps.values;
    conv.check(dx.len(), weights.len(), dy.len());
    assert!(epilogue.bias.is_none_or(|bias| bias.len() == conv.channels), "a bias value a channel");
    let rows = conv.batch * conv.inputs();
    if let Some(narrow) = Narrow::backward::<T>(threads, conv) {
        return narrow.run(threads, dy, weights, dx, write, epilogue);
    }
    if conv.is_pointwise() {
        let dy = Matrix::new(dy, rows, conv.filters);
        let weights = Matrix::new(weights, conv.channels, conv.filters).transposed();
        return gemm(threads, dy, weights, dx, conv.channels, write, epilogue);
    }
    if let Some(lines) = Lines::new::<T>(threads, conv) {
        return lines.input_gradient(threads, dy, weights, dx, write, epilogue);
    }
    if let Some(winograd) = Winograd::backward::<T>(threads, conv) {
        let dx = Shareable(dx.as_mut_ptr());
        return taps.transformed(threads, &winograd, true, |weights| {
            threads.run(winograd.regions(), &|task| {
                let region = winograd.region(task);
                let place = winograd.place(&region);
                // SAFETY: regions are disjoint parts of the gradient, which stays borrowed until all tasks are done.
                let dx = unsafe { std::slice::from_raw_parts_mut(dx.get().add(place.start), place.len()) };
                winograd.forward(dy, weights, &region, Put::All(dx, write), epilogue.bias);
                if let Some(activate) = epilogue.activate {
                    activate.apply(dx);
                }
            });
        });
    }
    if let Some(scattered) = Scattered::new(conv) {
        return scattered.run(threads, dy, taps, dx, write, epilogue);
    }
    let dx = Block::new(dx, rows, conv.channels, conv.channels);
    scratch::elements(weights.len(), |buffer: &mut [T]| {
        for index in 0..conv.strides.iter().product() {
            let [_, second, third] = conv.strides;
            let phase = Phase::new(conv, [index / third / second, index / third % second, index % third]);
            let weights = phase.weights(threads, weights, buffer);
            phase.run(threads, dy, weights, &dx, write, epilogue);
        }
    });
}

/// How many products the phases have together along an axis, for each of the others.
pub(super) fn windows(conv: &Conv, axis: usize) -> usize {
    let phases = (0..conv.strides[axis]).map(|phase| PhaseAxis::new(conv, axis, phase).windows);
    phases.map(|windows| windows.windows * windows.taps).sum()
}

/// The input positions `phase + i * strides`.
struct Phase<'a> {
    conv: &'a Conv,
    phase: [usize; 3],
    axes: [PhaseAxis; 3],
}

/// The taps that a phase sees along one axis.
#[derive(Clone, Copy)]
struct PhaseAxis {
    windows: Axis,
    /// The last of the taps; the others come before it, `step` apart.
    last: usize,
    step: usize,
}

impl<'a> Phase<'a> {
    fn new(conv: &'a Conv, phase: [usize; 3]) -> Phase<'a> {
        Phase { conv, phase, axes: [0, 1, 2].map(|axis| PhaseAxis::new(conv, axis, phase[axis])) }
    }

    fn taps(&self) -> usize {
        self.axes.iter().map(|axis| axis.windows.taps).product()
    }

    /// The weights of the phase, `(groups, taps, filters / groups, channels / groups)`.
    fn weights<'b, T: Real>(&self, threads: &Threads, weights: &[T], buffer: &'b mut [T]) -> &'b [T] {
        let (channels, filters) = (self.conv.channels / self.conv.groups, self.conv.filters / self.conv.groups);
        let buffer = &mut buffer[..self.taps() * self.conv.filters * channels];
        let one = |index: usize, to: &mut [T]| {
            let (group, tap) = (index / self.taps(), self.tap(index % self.taps()));
            let from = &weights[tap * channels * self.conv.filters + group * filters..];
            let from =
                Matrix { data: from, rows: filters, cols: channels, row_stride: 1, col_stride: self.conv.filters };
            pack(threads.level(), &from, 0..filters, 0, channels, to);
        };
        if buffer.is_empty() {
            // There is nothing to bring in order.
        } else if buffer.len() < PARALLEL {
            buffer.chunks_mut(filters * channels).enumerate().for_each(|(index, to)| one(index, to));
        } else {
            threads.chunks_mut(buffer, filters * channels, &one);
        }
        buffer
    }

    /// The tap of the convolution that is number `index` here.
    fn tap(&self, index: usize) -> usize {
        let [first, second, third] = self.axes;
        let kernel = self.conv.kernel;
        let (second_taps, third_taps) = (second.windows.taps, third.windows.taps);
        let place = [
            first.tap(index / third_taps / second_taps),
            second.tap(index / third_taps % second_taps),
            third.tap(index % third_taps),
        ];
        (place[0] * kernel[1] + place[1]) * kernel[2] + place[2]
    }

    fn run<T: Real>(
        &self,
        threads: &Threads,
        dy: &[T],
        weights: &[T],
        dx: &Block<T>,
        write: Write,
        epilogue: &Epilogue<T>,
    ) {
        let conv = self.conv;
        let (channels, inner) = (conv.channels / conv.groups, self.taps() * conv.filters / conv.groups);
        let work = 2 * inner * conv.channels;
        let axes = self.axes.map(|axis| axis.windows);
        let rows = conv.batch * axes.iter().map(|axis| axis.windows).product::<usize>();
        let block = block_rows(threads, rows, work);
        let patches = Patches::new(axes, conv.batch, conv.filters, conv.groups, block);
        if rows == 0 {
            return;
        }
        let right = |group: usize| {
            let len = inner * channels;
            let matrix = Matrix::new(&weights[group * len..(group + 1) * len], inner, channels);
            Right::from(matrix).of_rows(threads, rows, Way::of_runs(conv.filters / conv.groups))
        };
        let parts = column_parts(patches.parts(), rows, work, channels);
        patches.with_windows(|windows| {
            threads.run(patches.parts() * parts, &|task| {
                let part = patches.part(task / parts);
                let cols = column_part::<T>(threads.level(), channels, task % parts, parts);
                let left = Left { patches: &patches, windows, part: &part, x: dy };
                if conv.strides == [1; 3] {
                    // SAFETY: tasks have different rows or different columns.
                    let dx = unsafe { dx.part(patches.rows(&part), 0..conv.channels) };
                    left.multiply(threads, &right, cols, &dx, write, epilogue);
                    return;
                }
                let rows = patches.rows(&part).len();
                scratch::elements(rows * conv.channels, |result: &mut [T]| {
                    let block = Block::new(result, rows, conv.channels, conv.channels);
                    let bias_only = Epilogue { bias: epilogue.bias, activate: None };
                    left.multiply(threads, &right, cols.clone(), &block, Write::Overwrite, &bias_only);
                    for group in 0..conv.groups {
                        let cols = group * channels + cols.start..group * channels + cols.end;
                        self.scatter(&patches, &part, result, cols, dx, write, epilogue);
                    }
                });
            });
        });
    }

    /// Writes some columns of a block to the positions of the phase.
    #[allow(clippy::too_many_arguments, reason = "the inner half of `run`")]
    fn scatter<T: Real>(
        &self,
        patches: &Patches,
        part: &Part,
        result: &[T],
        cols: std::ops::Range<usize>,
        dx: &Block<T>,
        write: Write,
        epilogue: &Epilogue<T>,
    ) {
        let conv = self.conv;
        let [height, width, length] = conv.input;
        let (mut rows, mut results) = (patches.rows(part), result.chunks_exact(conv.channels));
        while !rows.is_empty() {
            let (image, window) = patches.window(rows.start);
            let line = patches.line_from(window).min(rows.len());
            let place = |axis: usize| window[axis] * conv.strides[axis] + self.phase[axis];
            let first = ((image * height + place(0)) * width + place(1)) * length + place(2);
            for (step, values) in results.by_ref().take(line).enumerate() {
                let row = first + step * conv.strides[2];
                // SAFETY: windows, phases and tasks write different positions or columns.
                let mut to = unsafe { dx.part(row..row + 1, cols.clone()) };
                match write {
                    Write::Overwrite => to.row(0).copy_from_slice(&values[cols.clone()]),
                    Write::Add => to.row(0).iter_mut().zip(&values[cols.clone()]).for_each(|(to, &value)| *to += value),
                }
                to.activate(epilogue.activate);
            }
            rows.start += line;
        }
    }
}

impl PhaseAxis {
    /// Input `phase + i * stride` sees tap `t` at output `i + (phase + pad - t * dilation) / stride`, if that is whole.
    fn new(conv: &Conv, axis: usize, phase: usize) -> PhaseAxis {
        let (stride, dilation) = (conv.strides[axis], conv.dilation[axis]);
        let place = (phase + conv.pad_before[axis]) as isize;
        let distance = |tap: usize| place - (tap * dilation) as isize;
        let is_whole = |tap: &usize| distance(*tap).rem_euclid(stride as isize) == 0;
        let taps = conv.kernel[axis];
        let last = (0..taps).rev().find(is_whole);
        // Taps repeat after the stride, at the latest.
        let step = (1..=stride).find(|step| (step * dilation).is_multiple_of(stride)).unwrap_or(stride);
        let windows = Axis {
            length: conv.output[axis],
            windows: conv.input[axis].saturating_sub(phase).div_ceil(stride),
            stride: 1,
            taps: last.map_or(0, |last| last / step + 1),
            spread: step * dilation / stride,
            first: last.map_or(0, |last| distance(last) / stride as isize),
        };
        PhaseAxis { windows, last: last.unwrap_or(0), step }
    }

    fn tap(&self, index: usize) -> usize {
        self.last - index * self.step
    }
}
