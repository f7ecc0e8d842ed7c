//! Convolution over one to three spatial axes, channels last, as implicit matrix products.
//!
//! The micro-kernel of [`gemm`](super::gemm) reads patches where they lie in the image. Forward, the rows of the left
//! operand are patches and the right operand is the weights; for the gradient of the weights, patches are columns. The
//! gradient of the input is itself a convolution of the output's gradient for each phase of the strides. A convolution
//! with a group for each channel is depthwise, and has loops of its own.

mod correlation;
mod depthwise;
mod gradient;
mod input_gradient;
mod lines;
mod narrow;
mod patches;
mod pooled;
mod prepared;
mod scattered;
mod spread;
mod through_pool;
mod weight_gradient;
mod winograd;

use std::ops::Range;

use crate::threads::Shareable;
use crate::{Real, Threads};

use super::Level;
use super::gemm::{Block, Epilogue, Matrix, Right, Way, Write, gemm_with, multiply_and_activate, panel_width};
use super::level::Routine;
use depthwise::Lines;
pub use gradient::Gradient;
pub use input_gradient::input_gradient;
use narrow::Narrow;
use patches::{Axis, Part, Patches};
pub use pooled::pooled_forward;
pub use prepared::{Prepared, Taps};
use through_pool::ThroughPool;
pub use weight_gradient::weight_gradient;
use winograd::{Put, Winograd};

/// Most blocks for each thread that are few.
const FEW: usize = 8;

/// Operations a block should hold.
const TASK: usize = 1 << 20;

/// The sizes of a convolution; fewer than three spatial axes have leading axes of length 1.
///
/// Images are `(batch, input, channels)` and `(batch, output, filters)`; weights are
/// `(kernel, channels / groups, filters)`. Tap `t` of output `o` reads input `o * stride + t * dilation - pad_before`.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    /// The number of images.
    pub batch: usize,
    /// The lengths of the input.
    pub input: [usize; 3],
    /// Channels of the input, a multiple of `groups`.
    pub channels: usize,
    /// Channels of the output, a multiple of `groups`.
    pub filters: usize,
    /// Taps along each axis.
    pub kernel: [usize; 3],
    /// Steps between outputs.
    pub strides: [usize; 3],
    /// Steps between taps.
    pub dilation: [usize; 3],
    /// Zeros before the input.
    pub pad_before: [usize; 3],
    /// The lengths of the output; zeros after the input are as many as it takes.
    pub output: [usize; 3],
    /// Parts of the channels and the filters that see only each other.
    pub groups: usize,
}

impl Conv {
    /// Positions of one input image.
    fn inputs(&self) -> usize {
        self.input.iter().product()
    }

    /// Positions of one output image.
    fn outputs(&self) -> usize {
        self.output.iter().product()
    }

    fn taps(&self) -> usize {
        self.kernel.iter().product()
    }

    /// Rows of the weights, as a matrix.
    fn patch(&self) -> usize {
        self.taps() * self.channels / self.groups
    }

    /// Operations for one output position.
    fn work(&self) -> usize {
        2 * self.patch() * self.filters
    }

    /// Does each output see just the input at its own place?
    fn is_pointwise(&self) -> bool {
        self.taps() == 1
            && self.groups == 1
            && self.strides == [1; 3]
            && self.pad_before == [0; 3]
            && self.input == self.output
    }

    /// Panics unless the slices have the sizes of input, weights and output.
    fn check(&self, x: usize, weights: usize, y: usize) {
        assert!(self.groups > 0, "a convolution has at least one group");
        let divisible = self.channels.is_multiple_of(self.groups) && self.filters.is_multiple_of(self.groups);
        assert!(divisible, "groups divide channels and filters");
        assert!(self.strides.iter().chain(&self.dilation).all(|&step| step > 0), "strides and dilation are positive");
        assert_eq!(x, self.batch * self.inputs() * self.channels, "elements of the input");
        assert_eq!(weights, self.patch() * self.filters, "elements of the weights");
        assert_eq!(y, self.batch * self.outputs() * self.filters, "elements of the output");
    }

    /// The windows over the input, in blocks of about `rows`.
    fn patches(&self, rows: usize) -> Patches {
        let axes = [0, 1, 2].map(|axis| Axis {
            length: self.input[axis],
            windows: self.output[axis],
            stride: self.strides[axis],
            taps: self.kernel[axis],
            spread: self.dilation[axis],
            first: -(self.pad_before[axis] as isize),
        });
        Patches::new(axes, self.batch, self.channels, self.groups, rows)
    }
}

/// Windows of a block of all `rows`, each of so many operations: a task of fair size, and as many tasks for each thread where they are
/// few.
fn block_rows(threads: &Threads, rows: usize, work: usize) -> usize {
    let most = (TASK / work.max(1)).clamp(48, 4096);
    let count = threads.count();
    let blocks = rows.div_ceil(most).max((2 * rows * work / TASK).min(count));
    if !(2..=FEW * count).contains(&blocks) {
        return most;
    }
    rows.div_ceil(if blocks < count { blocks } else { blocks.next_multiple_of(count) })
}

/// The parts into which the columns are cut where there are few blocks, as at batch 1 late in a network.
fn column_parts(blocks: usize, rows: usize, work: usize, cols: usize) -> usize {
    if blocks >= 4 { 1 } else { (rows * work / TASK / blocks.max(1)).clamp(1, cols.div_ceil(64).max(1)) }
}

/// Part `part` of `parts` of the columns, in whole panels of this level.
fn column_part<T>(level: Level, cols: usize, part: usize, parts: usize) -> Range<usize> {
    let panel = panel_width::<T>(level, cols);
    let cut = |part: usize| (cols.div_ceil(panel) * part / parts * panel).min(cols);
    cut(part)..cut(part + 1)
}

/// The output: `y = x * weights`, then the epilogue.
///
/// # Panics
/// If the sizes do not agree.
pub fn forward<T: Real>(threads: &Threads, conv: &Conv, x: &[T], taps: Taps<T>, y: &mut [T], epilogue: &Epilogue<T>) {
    let weights = taps.values;
    conv.check(x.len(), weights.len(), y.len());
    let rows = conv.batch * conv.outputs();
    assert!(epilogue.bias.is_none_or(|bias| bias.len() == conv.filters), "a bias value a filter");
    if let Some(narrow) = Narrow::forward::<T>(threads, conv) {
        return narrow.run(threads, x, weights, y, Write::Overwrite, epilogue);
    }
    if conv.is_pointwise() {
        let weights = taps.right(threads, Matrix::new(weights, conv.channels, conv.filters), rows, Way::Straight);
        let x = Matrix::new(x, rows, conv.channels);
        return gemm_with(threads, x, weights, y, conv.filters, Write::Overwrite, epilogue);
    }
    if let Some(lines) = Lines::new::<T>(threads, conv) {
        return lines.forward(threads, x, weights, y, epilogue);
    }
    if let Some(winograd) = Winograd::new::<T>(threads, conv, 1) {
        let y = Shareable(y.as_mut_ptr());
        return taps.transformed(threads, &winograd, false, |weights| {
            threads.run(winograd.regions(), &|task| {
                let region = winograd.region(task);
                let place = winograd.place(&region);
                // SAFETY: regions are disjoint parts of the output, which stays borrowed until all tasks are done.
                let y = unsafe { std::slice::from_raw_parts_mut(y.get().add(place.start), place.len()) };
                winograd.forward(x, weights, &region, Put::All(y, Write::Overwrite), epilogue.bias);
                if let Some(activate) = epilogue.activate {
                    activate.apply(y);
                }
            });
        });
    }
    let patches = conv.patches(block_rows(threads, rows, conv.work()));
    let y = Block::new(y, rows, conv.filters, conv.filters);
    let (inner, cols) = (conv.patch(), conv.filters / conv.groups);
    let matrix = Matrix::new(weights, inner, conv.filters);
    let way = Way::of_runs(conv.channels / conv.groups);
    let all = if conv.groups == 1 { taps.right(threads, matrix, rows, way) } else { matrix.into() };
    let right = |group| all.columns(group * cols, cols).of_rows(threads, rows, way);
    let parts = column_parts(patches.parts(), rows, conv.work(), cols);
    patches.with_windows(|windows| {
        threads.run(patches.parts() * parts, &|task| {
            let part = patches.part(task / parts);
            let cols = column_part::<T>(threads.level(), cols, task % parts, parts);
            // SAFETY: tasks have different rows or different columns.
            let y = unsafe { y.part(patches.rows(&part), 0..conv.filters) };
            let left = Left { patches: &patches, windows, part: &part, x };
            left.multiply(threads, &right, cols, &y, Write::Overwrite, epilogue);
        });
    });
}

/// `sums` grows by each row of `rows`.
fn add_rows<T: Real>(level: Level, rows: &[T], sums: &mut [T]) {
    level.run(AddRows { rows, sums });
}

struct AddRows<'a, T> {
    rows: &'a [T],
    sums: &'a mut [T],
}

impl<T: Real> Routine for AddRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        const COLUMNS: usize = 32;
        let width = self.sums.len().max(1);
        for (first, sums) in self.sums.chunks_mut(COLUMNS).enumerate().map(|(k, sums)| (k * COLUMNS, sums)) {
            // A few columns stay in registers for all rows.
            match sums.len() {
                COLUMNS => {
                    let mut total = [T::zero(); COLUMNS];
                    for row in self.rows.chunks_exact(width) {
                        let row = &row[first..first + COLUMNS];
                        total.iter_mut().zip(row).for_each(|(sum, &value)| *sum += value);
                    }
                    sums.iter_mut().zip(total).for_each(|(sum, value)| *sum += value);
                }
                len => {
                    for row in self.rows.chunks_exact(width) {
                        sums.iter_mut().zip(&row[first..first + len]).for_each(|(sum, &value)| *sum += value);
                    }
                }
            }
        }
    }
}

/// The patches of one block as left operand.
struct Left<'a, T> {
    patches: &'a Patches,
    windows: &'a [usize],
    part: &'a Part,
    x: &'a [T],
}

impl<T: Real> Left<'_, T> {
    /// Multiplies the patches of each group by `cols` of the columns of its right operand; `to` has all columns of all
    /// groups, of which no other task uses these.
    fn multiply<'b>(
        &self,
        threads: &Threads,
        right: &dyn Fn(usize) -> Right<'b, T>,
        cols: Range<usize>,
        to: &Block<T>,
        write: Write,
        epilogue: &Epilogue<T>,
    ) where
        T: 'b,
    {
        let rows = self.patches.rows(self.part).len();
        self.patches.each_group(self.x, self.windows, self.part, |group, left| {
            let right = right(group);
            let (_, all) = right.size();
            let place = group * all + cols.start..group * all + cols.end;
            // SAFETY: groups have different columns, and no other task uses these.
            let mut to = unsafe { to.part(0..rows, place.clone()) };
            let start = to.start(write, epilogue.bias.map(|bias| &bias[place]));
            let right = right.columns(cols.start, cols.len());
            multiply_and_activate(threads.level(), left, right, &mut to, start, epilogue.activate);
        });
    }
}

#[cfg(test)]
mod tests;
