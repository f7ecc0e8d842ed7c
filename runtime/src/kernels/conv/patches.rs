//! Where the patches of an image lie, for the micro-kernel to read them in place.
//!
//! The offset of an element of a patch is the sum of the offset of the window, the offset of the tap and the channel:
//! two short tables describe all of them, and no matrix of patches is stored. Windows that reach beyond the image need
//! a copy of the image with its margin; only the slab that one block of windows sees is copied at a time.

use std::ops::Range;

use crate::Real;
use crate::kernels::gemm::{Gathered, Write};
use crate::kernels::scratch;
use crate::kernels::window::Window;

/// The windows along one axis: tap `t` of window `w` is at `w * stride + first + t * spread`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// The length of the image.
    pub length: usize,
    /// The number of windows.
    pub windows: usize,
    pub stride: usize,
    pub taps: usize,
    pub spread: usize,
    /// May be negative, for margins.
    pub first: isize,
}

impl Axis {
    /// How far the given number of windows reach.
    fn reach(&self, windows: usize) -> usize {
        if windows == 0 || self.taps == 0 { 0 } else { (windows - 1) * self.stride + (self.taps - 1) * self.spread + 1 }
    }

    fn has_margin(&self) -> bool {
        self.reach(self.windows) > 0 && (self.first < 0 || self.first as usize + self.reach(self.windows) > self.length)
    }
}

/// The windows over a batch of images, and their cut into blocks.
#[derive(Clone, Debug)]
pub(super) struct Patches {
    axes: [Axis; 3],
    batch: usize,
    channels: usize,
    groups: usize,
    /// The axis that is cut into bands: the outermost that has several windows.
    axis: usize,
    /// Windows of a band, along that axis.
    band: usize,
    /// Images of a block; more than one only if a band is a whole image.
    images: usize,
    /// The extent of what a block reads: of the image itself, or of a slab with its margin.
    extent: [usize; 3],
    margin: bool,
}

/// A block: some windows of one image, or all windows of some images.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub images: Range<usize>,
    /// The windows along the axis that is cut.
    pub band: Range<usize>,
}

impl Patches {
    /// Cuts the windows into blocks of about `rows` windows.
    pub(super) fn new(axes: [Axis; 3], batch: usize, channels: usize, groups: usize, rows: usize) -> Patches {
        let axis = axes.iter().position(|axis| axis.windows > 1).unwrap_or(2);
        let image: usize = axes.iter().map(|axis| axis.windows).product();
        let line = image / axes[axis].windows.max(1);
        let bands = image.div_ceil(rows.max(1)).clamp(1, axes[axis].windows.max(1));
        let band = axes[axis].windows.div_ceil(bands);
        let images = if bands > 1 { 1 } else { (rows / line.max(1) / band.max(1)).clamp(1, batch.max(1)) };
        let margin = axes.iter().any(Axis::has_margin);
        let mut extent = axes.map(|axis| axis.length);
        if margin {
            extent = axes.map(|axis| axis.reach(axis.windows));
            extent[axis] = axes[axis].reach(band);
        }
        Patches { axes, batch, channels, groups, axis, band, images, extent, margin }
    }

    /// Cuts into blocks of up to `band` windows along `axis`, of up to `images` images; axes before have one window.
    pub(super) fn cut(&mut self, axis: usize, band: usize, images: usize) {
        (self.axis, self.band, self.images) = (axis, band, images);
        if self.margin {
            self.extent = self.axes.map(|axis| axis.reach(axis.windows));
            self.extent[axis] = self.axes[axis].reach(band);
        }
    }

    /// The axis that is cut.
    pub(super) fn axis(&self) -> usize {
        self.axis
    }

    /// Windows of one image.
    fn windows(&self) -> usize {
        self.axes.iter().map(|axis| axis.windows).product()
    }

    fn bands(&self) -> usize {
        self.axes[self.axis].windows.div_ceil(self.band.max(1))
    }

    /// The number of blocks.
    pub(super) fn parts(&self) -> usize {
        self.batch.div_ceil(self.images) * self.bands()
    }

    pub(super) fn part(&self, index: usize) -> Part {
        let (image, band) = (index / self.bands() * self.images, index % self.bands() * self.band);
        Part {
            images: image..(image + self.images).min(self.batch),
            band: band..(band + self.band).min(self.axes[self.axis].windows),
        }
    }

    /// The windows of a block, counted over the whole batch.
    pub(super) fn rows(&self, part: &Part) -> Range<usize> {
        let line = self.windows() / self.axes[self.axis].windows.max(1);
        let first = part.images.start * self.windows() + part.band.start * line;
        first..first + part.images.len() * part.band.len() * line
    }

    /// The image and the position of a window that is counted over the whole batch.
    pub(super) fn window(&self, row: usize) -> (usize, [usize; 3]) {
        let [_, second, third] = self.axes.map(|axis| axis.windows);
        let within = row % self.windows();
        (row / self.windows(), [within / third / second, within / third % second, within % third])
    }

    /// The windows of a line from this one on.
    pub(super) fn line_from(&self, window: [usize; 3]) -> usize {
        self.axes[2].windows - window[2]
    }

    /// Elements from one position to the next along each axis, then from one image to the next.
    fn strides(&self) -> [usize; 4] {
        let [first, second, third] = self.extent;
        let line = third * self.channels;
        [second * line, line, self.channels, first * second * line]
    }

    /// The offsets of the windows of a whole block.
    pub(super) fn with_windows<R>(&self, work: impl FnOnce(&[usize]) -> R) -> R {
        let strides = self.strides();
        let mut counts = self.axes.map(|axis| axis.windows);
        counts[self.axis] = self.band;
        let steps = [0, 1, 2].map(|axis| self.axes[axis].stride * strides[axis]);
        scratch::indices(self.images * counts.iter().product::<usize>(), |offsets| {
            fill(offsets, [self.images, counts[0], counts[1], counts[2]], [strides[3], steps[0], steps[1], steps[2]]);
            work(offsets)
        })
    }

    /// The offsets of the windows of a whole block, those that a pooling takes together side by side; `length` places of the
    /// pooling along the axis that is cut make a block.
    pub(super) fn with_pooled_windows<R>(&self, pool: &Window, length: usize, work: impl FnOnce(&[usize]) -> R) -> R {
        let strides = self.strides();
        let mut counts = pool.output;
        counts[self.axis] = length;
        let steps = [0, 1, 2].map(|axis| self.axes[axis].stride * strides[axis]);
        let [first, second, third] = [0, 1, 2].map(|axis| steps[axis] * pool.strides[axis]);
        let (places, windows) = (pool.pool.iter().product::<usize>(), self.images * counts.iter().product::<usize>());
        scratch::indices(places + windows + places * windows, |room| {
            let (offsets, room) = room.split_at_mut(places);
            let (firsts, all) = room.split_at_mut(windows);
            fill(offsets, [1, pool.pool[0], pool.pool[1], pool.pool[2]], [0, steps[0], steps[1], steps[2]]);
            fill(firsts, [self.images, counts[0], counts[1], counts[2]], [strides[3], first, second, third]);
            for (all, first) in all.chunks_exact_mut(places.max(1)).zip(&*firsts) {
                all.iter_mut().zip(&*offsets).for_each(|(to, offset)| *to = first + offset);
            }
            work(all)
        })
    }

    /// The offsets of all elements of a patch of one group.
    pub(super) fn with_elements<R>(&self, work: impl FnOnce(&[usize]) -> R) -> R {
        self.with_taps(self.axes.map(|axis| axis.taps), self.channels / self.groups, work)
    }

    /// Calls `work` for each group with the patches of a block as rows; `windows` are the offsets of the windows.
    pub(super) fn each_group<T: Real>(
        &self,
        x: &[T],
        windows: &[usize],
        part: &Part,
        mut work: impl FnMut(usize, &Gathered<T>),
    ) {
        let windows = &windows[..self.rows(part).len()];
        let channels = self.channels / self.groups;
        self.with_runs(true, |runs, run| {
            self.with_source(x, part, |source| {
                for group in 0..self.groups {
                    let source = source.get(group * channels..).unwrap_or_default();
                    work(group, &Gathered::new(source, windows, runs, run, 1));
                }
            });
        });
    }

    /// Passes patches of a block as rows, in the order of `rows`, which are offsets of windows; there is one group.
    pub(super) fn with_rows<T: Real>(&self, x: &[T], rows: &[usize], part: &Part, work: impl FnOnce(&Gathered<T>)) {
        self.with_runs(true, |runs, run| {
            self.with_source(x, part, |source| work(&Gathered::new(source, rows, runs, run, 1)));
        });
    }

    /// The offsets of the runs of a patch of one group, and the elements of a run: the channels of a tap, or with `merged` of
    /// neighbouring taps that lie side by side.
    pub(super) fn with_runs<R>(&self, merged: bool, work: impl FnOnce(&[usize], usize) -> R) -> R {
        let channels = self.channels / self.groups;
        let [first, second, third] = self.axes.map(|axis| axis.taps);
        let merged = merged && self.groups == 1 && self.axes[2].spread == 1;
        let (third, run) = if merged { (third.min(1), third * channels) } else { (third, channels) };
        self.with_taps([first, second, third], 1, |runs| work(runs, run))
    }

    /// Calls `work` for each group with the patches of a block as columns; `elements` are the offsets of the rows.
    pub(super) fn each_group_transposed<T: Real>(
        &self,
        x: &[T],
        elements: &[usize],
        part: &Part,
        mut work: impl FnMut(usize, &Gathered<T>),
    ) {
        let strides = self.strides();
        let steps = [0, 1, 2].map(|axis| self.axes[axis].stride * strides[axis]);
        let mut counts = self.axes.map(|axis| axis.windows);
        counts[self.axis] = part.band.len();
        let lines = [1, part.images.len(), counts[0], counts[1]];
        scratch::indices(lines.iter().product(), |offsets| {
            fill(offsets, lines, [0, strides[3], steps[0], steps[1]]);
            self.with_source(x, part, |source| {
                for group in 0..self.groups {
                    let source = source.get(group * self.channels / self.groups..).unwrap_or_default();
                    work(group, &Gathered::new(source, elements, offsets, counts[2], steps[2]));
                }
            });
        });
    }

    /// Calls `work` for each line of windows of a block, one after the other, with what it reads from its first window on, the
    /// offsets of the runs of a patch, and the elements of a run; there is one group.
    pub(super) fn each_line<T: Real>(&self, x: &[T], part: &Part, mut work: impl FnMut(&[T], &[usize], usize)) {
        let strides = self.strides();
        let steps = [0, 1].map(|axis| self.axes[axis].stride * strides[axis]);
        let mut counts = self.axes.map(|axis| axis.windows);
        counts[self.axis] = part.band.len();
        let lines = [1, part.images.len(), counts[0], counts[1]];
        self.with_runs(true, |runs, run| {
            scratch::indices(lines.iter().product(), |offsets| {
                fill(offsets, lines, [0, strides[3], steps[0], steps[1]]);
                self.with_source(x, part, |source| {
                    offsets.iter().for_each(|&offset| work(source.get(offset..).unwrap_or_default(), runs, run));
                });
            });
        });
    }

    /// The windows of a line of a block, and the elements from one to the next.
    pub(super) fn line(&self, part: &Part) -> (usize, usize) {
        let windows = if self.axis == 2 { part.band.len() } else { self.axes[2].windows };
        (windows, self.axes[2].stride * self.channels)
    }

    fn with_taps<R>(&self, counts: [usize; 3], channels: usize, work: impl FnOnce(&[usize]) -> R) -> R {
        let strides = self.strides();
        let steps = [0, 1, 2].map(|axis| self.axes[axis].spread * strides[axis]);
        scratch::indices(counts.iter().product::<usize>() * channels, |offsets| {
            fill(offsets, [counts[0], counts[1], counts[2], channels], [steps[0], steps[1], steps[2], 1]);
            work(offsets)
        })
    }

    /// Passes what the windows of a block read, from the first element of the first window on.
    pub(super) fn with_source<T: Real, R>(&self, x: &[T], part: &Part, work: impl FnOnce(&[T]) -> R) -> R {
        if self.axes.iter().any(|axis| axis.taps == 0 || axis.windows == 0) || self.channels == 0 {
            return work(&[]);
        }
        let mut origin = self.axes.map(|axis| axis.first);
        origin[self.axis] += (part.band.start * self.axes[self.axis].stride) as isize;
        let strides = self.strides();
        if !self.margin {
            let first = (0..3).map(|axis| origin[axis] as usize * strides[axis]).sum::<usize>();
            return work(x.get(part.images.start * strides[3] + first..).unwrap_or_default());
        }
        scratch::elements(part.images.len() * strides[3], |slab: &mut [T]| {
            let image: usize = self.axes.iter().map(|axis| axis.length).product::<usize>() * self.channels;
            for (slab, index) in slab.chunks_exact_mut(strides[3].max(1)).zip(part.images.clone()) {
                self.copy(&x[index * image..][..image], origin, slab);
            }
            work(slab)
        })
    }

    /// Passes room, laid out as what [`with_source`](Patches::with_source) passes, for sums that go to an image. Blocks are
    /// whole images, and windows start at its beginning or before.
    pub(super) fn with_sums<T: Real>(&self, image: &mut [T], write: Write, work: impl FnOnce(&mut [T])) {
        if !self.margin {
            if write == Write::Overwrite {
                image.fill(T::zero());
            }
            return work(image);
        }
        scratch::elements(self.strides()[3], |slab: &mut [T]| {
            slab.fill(T::zero());
            work(slab);
            let [_, height, length] = self.axes.map(|axis| axis.length);
            let before = self.axes.map(|axis| axis.first.unsigned_abs());
            let seen = (self.extent[2].saturating_sub(before[2])).min(length) * self.channels;
            for (index, line) in image.chunks_exact_mut((length * self.channels).max(1)).enumerate() {
                let (first, second) = (index / height + before[0], index % height + before[1]);
                let inside = first < self.extent[0] && second < self.extent[1];
                let (line, beyond) = line.split_at_mut(if inside { seen } else { 0 });
                let from = ((first * self.extent[1] + second) * self.extent[2] + before[2]) * self.channels;
                line.iter_mut().zip(&slab[from.min(slab.len())..]).for_each(|(to, &sum)| write.put(to, sum));
                if write == Write::Overwrite {
                    beyond.fill(T::zero());
                }
            }
        });
    }

    /// Copies a part of an image to a slab; what is beyond the image becomes 0.
    fn copy<T: Real>(&self, image: &[T], origin: [isize; 3], slab: &mut [T]) {
        let [height, width, length] = self.axes.map(|axis| axis.length);
        // Positions of a slab line before, in and after the image.
        let before = (-origin[2]).clamp(0, self.extent[2] as isize) as usize;
        let end = (length as isize - origin[2]).clamp(before as isize, self.extent[2] as isize) as usize;
        let within = |place: isize, length: usize| (0..length as isize).contains(&place);
        for (index, line) in slab.chunks_exact_mut((self.extent[2] * self.channels).max(1)).enumerate() {
            let first = origin[0] + (index / self.extent[1]) as isize;
            let second = origin[1] + (index % self.extent[1]) as isize;
            if within(first, height) && within(second, width) && end > before {
                let start = (first as usize * width + second as usize) * length;
                let start = (start as isize + origin[2] + before as isize) as usize * self.channels;
                let (before, end) = (before * self.channels, end * self.channels);
                line[..before].fill(T::zero());
                line[before..end].copy_from_slice(&image[start..start + end - before]);
                line[end..].fill(T::zero());
            } else {
                line.fill(T::zero());
            }
        }
    }
}

/// Fills `offsets` for all combinations of `counts` steps, the last fastest.
fn fill(offsets: &mut [usize], counts: [usize; 4], steps: [usize; 4]) {
    let mut places = offsets.iter_mut();
    for first in 0..counts[0] {
        for second in 0..counts[1] {
            for third in 0..counts[2] {
                let offset = first * steps[0] + second * steps[1] + third * steps[2];
                for (fourth, place) in places.by_ref().take(counts[3]).enumerate() {
                    *place = offset + fourth * steps[3];
                }
            }
        }
    }
}
