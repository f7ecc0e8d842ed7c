//! A convolution and the largest value of each window of its output, in one: the output itself never exists as a whole.

use std::ops::Range;

use crate::kernels::gemm::{Block, Epilogue, GROUPS, Matrix, Right, Way, Write, largest};
use crate::kernels::scratch;
use crate::kernels::vector::chooses;
use crate::kernels::window::{Window, max_of_block};
use crate::threads::Shareable;
use crate::{Real, Threads};

use super::depthwise::Lines;
use super::patches::Part;
use super::winograd::{Put, Region, Winograd};
use super::{Conv, Left, TASK, Taps};

/// Elements of the convolution's output that a task should have at most, so that the pooling finds them in cache.
const BLOCK: usize = 1 << 14;

/// Most elements of a patch whose products are made in one go: the weights stay in the first-level cache.
const PATCH: usize = 320;

/// The largest value of each window of `x * weights + bias`, then the activation of the epilogue, which must not fall
/// anywhere: the largest value is then also that of the activated output.
///
/// `places`, if wanted, is told the place of each value within its window.
///
/// # Panics
/// If the sizes do not agree, or a window has more than 255 places.
#[allow(clippy::too_many_arguments, reason = "two layers in one")]
pub fn pooled_forward<T: Real>(
    threads: &Threads,
    conv: &Conv,
    window: &Window,
    x: &[T],
    taps: Taps<T>,
    y: &mut [T],
    places: Option<&mut [u8]>,
    epilogue: &Epilogue<T>,
) {
    conv.check(x.len(), taps.values.len(), conv.batch * conv.outputs() * conv.filters);
    let same = (window.batch, window.input, window.channels) == (conv.batch, conv.output, conv.filters);
    assert!(same, "the pooling has the output of the convolution as its input");
    assert_eq!(y.len(), window.batch * window.output_image(), "elements of the output");
    assert!(places.as_ref().is_none_or(|places| places.len() == y.len()), "a place for each output");
    assert!(epilogue.bias.is_none_or(|bias| bias.len() == conv.filters), "a bias value a filter");
    if y.is_empty() {
        return;
    }
    let (mut conv, mut window) = (*conv, *window);
    leave_out_unread(&mut conv, &mut window);
    let mut cut = Cut::new(&conv, &window);
    let by_lines = Lines::new::<T>(threads, &conv).is_some();
    if by_lines {
        // A block is then a part of the output as it lies.
        cut.images = 1;
    }
    let (y, places) = (Shareable(y.as_mut_ptr()), places.map(|places| Shareable(places.as_mut_ptr())));
    let job = Job { threads, conv, window, cut, x, y, places, epilogue };
    if job.cut.axis == 1
        && let Some(winograd) = Winograd::new::<T>(threads, &conv, window.strides[1])
    {
        job.by_winograd(&winograd, taps);
    } else if by_lines {
        job.whole(taps);
    } else if job.finds_in_registers() && fits_registers(&conv, &window) {
        job.in_registers(taps.values);
    } else {
        job.by_patches(taps.values);
    }
}

/// A convolution, the pooling after it, and where the results go.
struct Job<'a, T> {
    threads: &'a Threads,
    conv: Conv,
    window: Window,
    cut: Cut,
    x: &'a [T],
    y: Shareable<T>,
    places: Option<Shareable<u8>>,
    epilogue: &'a Epilogue<'a, T>,
}

impl<T: Real> Job<'_, T> {
    /// Is the largest of several values best found in registers, and its place?
    fn finds_in_registers(&self) -> bool {
        self.places.is_none() || chooses::<T>(self.threads.level())
    }

    /// Elements of the convolution's output that a block needs.
    fn elements(&self, block: &Pooled) -> usize {
        block.images.len() * block.band.len() * self.cut.line(&self.conv)
    }

    /// The results from `first` on, `len` of them: values, and places if wanted.
    ///
    /// # Safety
    /// No other part of the results with a common element may be in use.
    #[allow(clippy::mut_from_ref, reason = "the caller answers for the part")]
    unsafe fn results(&self, first: usize, len: usize) -> (&mut [T], Option<&mut [u8]>) {
        let places = self.places.as_ref();
        // SAFETY: the results stay borrowed until the job is done, and there are as many places; the caller answers for the part.
        unsafe {
            let places = places.map(|places| std::slice::from_raw_parts_mut(places.get().add(first), len));
            (std::slice::from_raw_parts_mut(self.y.get().add(first), len), places)
        }
    }

    /// The pooling of a block, and the results that it writes.
    ///
    /// # Safety
    /// No other task may have the same block.
    #[allow(clippy::mut_from_ref, reason = "the caller answers for the block")]
    unsafe fn results_of(&self, block: &Pooled) -> (Window, &mut [T], Option<&mut [u8]>) {
        let window = self.cut.window(block);
        // SAFETY: blocks have different results.
        let (y, places) = unsafe { self.results(self.cut.first_output(block), window.batch * window.output_image()) };
        (window, y, places)
    }

    /// Writes the largest elements of a block of the convolution's output, and their places.
    ///
    /// # Safety
    /// No other task may have the same block.
    unsafe fn finish(&self, block: &Pooled, output: &[T]) {
        // SAFETY: the caller answers for the block.
        let (window, y, places) = unsafe { self.results_of(block) };
        max_of_block(self.threads.level(), &window, output, y, places);
        self.activate(y);
    }

    fn activate(&self, y: &mut [T]) {
        if let Some(activate) = self.epilogue.activate {
            activate.apply(y);
        }
    }

    /// What the convolution itself does at its end.
    fn bias_only(&self) -> Epilogue<'_, T> {
        Epilogue { bias: self.epilogue.bias, activate: None }
    }

    /// By Winograd's algorithm, which finds the largest of two by two in registers.
    fn by_winograd(&self, winograd: &Winograd, taps: Taps<T>) {
        let in_registers = self.finds_in_registers() && is_two_by_two(&self.window);
        taps.transformed(self.threads, winograd, false, |weights| {
            self.threads.run(self.cut.blocks(), &|task| {
                let block = self.cut.block(task);
                let region = Region { images: block.images.clone(), rows: block.band.clone() };
                let forward = |put: Put<'_, T>| winograd.forward(self.x, weights, &region, put, self.epilogue.bias);
                if in_registers {
                    // SAFETY: each task has a block of its own.
                    let (_, y, places) = unsafe { self.results_of(&block) };
                    forward(Put::Largest(y, places));
                    return self.activate(y);
                }
                scratch::elements(self.elements(&block), |output: &mut [T]| {
                    forward(Put::All(output, Write::Overwrite));
                    // SAFETY: each task has a block of its own.
                    unsafe { self.finish(&block, output) };
                });
            });
        });
    }

    /// By a convolution whose output does exist: one of lines by themselves has no blocks.
    fn whole(&self, taps: Taps<T>) {
        let conv = &self.conv;
        scratch::elements(conv.batch * conv.outputs() * conv.filters, |output: &mut [T]| {
            super::forward(self.threads, conv, self.x, taps, output, &self.bias_only());
            let (output, line) = (&*output, self.cut.line(conv));
            self.threads.run(self.cut.blocks(), &|task| {
                let block = self.cut.block(task);
                let first = (block.images.start * conv.output[self.cut.axis] + block.band.start) * line;
                // SAFETY: each task has a block of its own.
                unsafe { self.finish(&block, &output[first..first + self.elements(&block)]) };
            });
        });
    }

    /// By products of the patches of a block, which are pooled while they are in cache.
    fn by_patches(&self, weights: &[T]) {
        let (conv, cut) = (&self.conv, &self.cut);
        let mut patches = conv.patches(usize::MAX);
        let longest = (0..cut.bands).map(|band| cut.band(band).len()).max().unwrap_or(0);
        patches.cut(cut.axis, longest, cut.images);
        let cols = conv.filters / conv.groups;
        let matrix = Matrix::new(weights, conv.patch(), conv.filters);
        let (rows, way) = (conv.batch * conv.outputs(), Way::of_runs(conv.channels / conv.groups));
        let right = |group: usize| Right::from(matrix.columns(group * cols, cols)).of_rows(self.threads, rows, way);
        patches.with_windows(|windows| {
            self.threads.run(cut.blocks(), &|task| {
                let block = cut.block(task);
                let part = Part { images: block.images.clone(), band: block.band.clone() };
                scratch::elements(self.elements(&block), |output: &mut [T]| {
                    let rows = output.len() / conv.filters.max(1);
                    let to = Block::new(output, rows, conv.filters, conv.filters);
                    let left = Left { patches: &patches, windows, part: &part, x: self.x };
                    left.multiply(self.threads, &right, 0..cols, &to, Write::Overwrite, &self.bias_only());
                    // SAFETY: each task has a block of its own.
                    unsafe { self.finish(&block, output) };
                });
            });
        });
    }

    /// By products that keep the largest: the outputs of a window follow each other in them.
    fn in_registers(&self, weights: &[T]) {
        let Job { threads, conv, window, .. } = self;
        let group = window.pool.iter().product::<usize>();
        let mut patches = conv.patches(usize::MAX);
        let axis = patches.axis();
        let line = window.output[axis + 1..].iter().product::<usize>();
        let (windows, work) = (window.output[axis] * line, line * group * conv.work());
        // Bands of whole windows, or several images.
        let bands = (windows * group * conv.work() / TASK).clamp(1, window.output[axis]);
        let length = window.output[axis].div_ceil(bands);
        let bands = window.output[axis].div_ceil(length);
        let images = if bands > 1 { 1 } else { (TASK / (length * work).max(1)).clamp(1, conv.batch) };
        let step = window.strides[axis];
        patches.cut(axis, ((length - 1) * step + window.pool[axis]).min(conv.output[axis]), images);
        let right = Matrix::new(weights, conv.patch(), conv.filters);
        patches.with_pooled_windows(window, length, |rows| {
            threads.run(conv.batch.div_ceil(images) * bands, &|task| {
                let (image, first) = (task / bands * images, task % bands * length);
                let pooled = first..(first + length).min(window.output[axis]);
                let count = images.min(conv.batch - image);
                let band = pooled.start * step..(pooled.end - 1) * step + window.pool[axis];
                let rows = &rows[..count * pooled.len() * line * group];
                let start = (image * windows + pooled.start * line) * conv.filters;
                // SAFETY: each task has images or a band of its own.
                let (y, places) = unsafe { self.results(start, rows.len() / group * conv.filters) };
                patches.with_rows(self.x, rows, &Part { images: image..image + count, band }, |left| {
                    largest(threads.level(), left, right, group, self.epilogue.bias, y, places);
                });
                self.activate(y);
            });
        });
    }
}

/// Are the windows two by two and side by side, and is none cut off?
fn is_two_by_two(window: &Window) -> bool {
    let whole = (1..3).all(|axis| window.input[axis] == 2 * window.output[axis]);
    whole && window.pool == [1, 2, 2] && window.strides == [1, 2, 2] && window.pad_before == [0; 3]
}

/// Can the largest of each window be found in registers? Windows must lie inside and apart.
fn fits_registers(conv: &Conv, window: &Window) -> bool {
    let apart = (0..3).all(|axis| {
        let reach = (window.output[axis].max(1) - 1) * window.strides[axis] + window.pool[axis];
        window.pad_before[axis] == 0 && window.strides[axis] >= window.pool[axis] && reach <= window.input[axis]
    });
    apart && conv.groups == 1 && conv.patch() <= PATCH && GROUPS.contains(&window.pool.iter().product())
}

/// Shortens the output between the two to what a window covers.
fn leave_out_unread(conv: &mut Conv, window: &mut Window) {
    for axis in 0..3 {
        let Some(last) = window.output[axis].checked_sub(1) else { continue };
        let read = window.covered(axis, last).end.max(1).min(conv.output[axis]);
        (conv.output[axis], window.input[axis]) = (read, read);
    }
}

/// The cut of the pooled output into blocks: some images, or a band of one.
struct Cut {
    /// The axis that is cut: the outermost along which the convolution has several outputs.
    axis: usize,
    /// Pooled places of a band.
    pooled: usize,
    bands: usize,
    images: usize,
    whole: Window,
}

/// A block: images, pooled places along the axis, and the convolution's outputs that they need.
struct Pooled {
    images: Range<usize>,
    pooled: Range<usize>,
    band: Range<usize>,
}

impl Cut {
    fn new(conv: &Conv, window: &Window) -> Cut {
        let axis = conv.output.iter().position(|&length| length > 1).unwrap_or(2);
        let mut cut = Cut { axis, pooled: window.output[axis], bands: 1, images: 1, whole: *window };
        let image = conv.outputs() * conv.filters;
        let line = cut.line(conv).max(1);
        // Windows that overlap make neighbours compute some outputs twice: bands are large then.
        let overlap = window.pool[axis].saturating_sub(window.strides[axis]);
        let wanted = BLOCK.max(4 * overlap * line);
        if image > 2 * wanted {
            cut.pooled = (wanted / (line * window.strides[axis])).clamp(1, window.output[axis].max(1));
            cut.bands = window.output[axis].div_ceil(cut.pooled);
            // Bands of one length.
            cut.pooled = window.output[axis].div_ceil(cut.bands.max(1));
        } else {
            let work = conv.outputs() * conv.work();
            cut.images = (2 * wanted / image.max(1)).min(2 * TASK / work.max(1)).clamp(1, conv.batch.max(1));
        }
        cut
    }

    /// Elements of one place along the axis.
    fn line(&self, conv: &Conv) -> usize {
        conv.output[self.axis + 1..].iter().product::<usize>() * conv.filters
    }

    fn blocks(&self) -> usize {
        self.whole.batch.div_ceil(self.images) * self.bands
    }

    fn band(&self, band: usize) -> Range<usize> {
        let pooled = self.pooled_of(band);
        if pooled.is_empty() {
            return 0..0;
        }
        self.whole.covered(self.axis, pooled.start).start..self.whole.covered(self.axis, pooled.end - 1).end
    }

    fn pooled_of(&self, band: usize) -> Range<usize> {
        let end = self.whole.output[self.axis];
        (band * self.pooled).min(end)..((band + 1) * self.pooled).min(end)
    }

    fn block(&self, index: usize) -> Pooled {
        let (image, band) = (index / self.bands * self.images, index % self.bands);
        Pooled {
            images: image..(image + self.images).min(self.whole.batch),
            pooled: self.pooled_of(band),
            band: self.band(band),
        }
    }

    /// The pooling of a block.
    fn window(&self, block: &Pooled) -> Window {
        let window = &self.whole;
        let mut part = Window { batch: block.images.len(), ..*window };
        part.input[self.axis] = block.band.len();
        part.output[self.axis] = block.pooled.len();
        // How far the first window reaches beyond the band.
        let first = block.pooled.start * window.strides[self.axis];
        part.pad_before[self.axis] = window.pad_before[self.axis].saturating_sub(first);
        part
    }

    /// Where the outputs of a block start.
    fn first_output(&self, block: &Pooled) -> usize {
        let window = &self.whole;
        let line = window.output[self.axis + 1..].iter().product::<usize>() * window.channels;
        (block.images.start * window.output[self.axis] + block.pooled.start) * line
    }
}
