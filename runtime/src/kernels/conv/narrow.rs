//! Convolutions to few channels: an output of one to a few filters, or the gradient of an image.
//!
//! A product with so few columns leaves most of each vector empty. Turned round, positions are its columns: for each tap
//! and channel, a plane of products with all positions of the source. The planes, each moved by its tap, are then added up
//! where they meet.

use std::cmp::Ordering;
use std::ops::Range;

use crate::kernels::gemm::{Block, Epilogue, Gathered, Matrix, Start, Write, multiply};
use crate::kernels::{Vector, VectorRoutine, scratch};
use crate::threads::Shareable;
use crate::{Real, Threads};

use super::{Conv, TASK};

/// Products that are made at once: they stay in the second-level cache.
const PRODUCTS: usize = 1 << 15;

/// Elements between lines of products, so that they do not all meet in the same sets of a cache.
const GAP: usize = 16;

/// Each position of the source goes to `position * stride + tap * dilation - pad`, for each tap.
pub(super) struct Narrow<'a> {
    conv: &'a Conv,
    /// Does the output of the convolution go to its input?
    back: bool,
    source: [usize; 3],
    to: [usize; 3],
    stride: [usize; 3],
    pad: [isize; 3],
    /// Channels of the source and of what it goes to.
    channels: [usize; 2],
    /// The axis that is cut: the outermost that has several positions on either side.
    axis: usize,
    /// Positions along it that a task writes.
    band: usize,
}

impl<'a> Narrow<'a> {
    /// The convolution itself; none where it has a stride, or where other ways are faster.
    pub fn forward<T: Real>(threads: &Threads, conv: &'a Conv) -> Option<Narrow<'a>> {
        let pad = |k: usize| ((conv.kernel[k].max(1) - 1) * conv.dilation[k]) as isize - conv.pad_before[k] as isize;
        let narrow = Narrow {
            conv,
            back: false,
            source: conv.input,
            to: conv.output,
            stride: [1; 3],
            pad: [0, 1, 2].map(pad),
            channels: [conv.channels, conv.filters],
            axis: 0,
            band: 0,
        };
        if conv.strides == [1; 3] { narrow.cut::<T>(threads) } else { None }
    }

    /// The gradient of the input.
    pub fn backward<T: Real>(threads: &Threads, conv: &'a Conv) -> Option<Narrow<'a>> {
        let narrow = Narrow {
            conv,
            back: true,
            source: conv.output,
            to: conv.input,
            stride: conv.strides,
            pad: conv.pad_before.map(|pad| pad as isize),
            channels: [conv.filters, conv.channels],
            axis: 0,
            band: 0,
        };
        narrow.cut::<T>(threads)
    }

    fn cut<T: Real>(mut self, threads: &Threads) -> Option<Narrow<'a>> {
        let positions: usize = self.to.iter().product();
        let none = positions == 0 || self.conv.taps() == 0 || self.conv.batch == 0;
        let lanes = threads.level().vector_bytes() / size_of::<T>();
        if self.conv.groups > 1 || none || !self.is_faster(lanes) {
            return None;
        }
        self.axis = (0..2).find(|&k| self.to[k] > 1 || self.source[k] > 1).unwrap_or(2);
        self.band = self.to[self.axis];
        // A line is not cut; what neighbours both need is computed twice.
        if self.axis < 2 {
            let reach = self.conv.kernel[self.axis] * self.conv.dilation[self.axis];
            let work = positions * self.conv.work() / self.stride.iter().product::<usize>();
            let bands = (work / TASK).min(self.band / (4 * reach)).max(1);
            self.band = self.band.div_ceil(bands);
        }
        Some(self)
    }

    /// About the cycles that a tap takes for a position, as was measured, against those with channels as columns.
    fn is_faster(&self, lanes: usize) -> bool {
        let [from, to] = self.channels.map(|channels| channels as f64);
        let (vector, line) = (lanes as f64, self.source[2].max(1) as f64);
        let products = 0.65 * from / vector;
        let turned = to * (products + 1.5 / vector + 20.0 / line) + 0.3 * from / self.conv.taps() as f64;
        turned < 0.7 * from * (to / vector).ceil()
    }

    fn bands(&self) -> usize {
        self.to[self.axis].div_ceil(self.band)
    }

    /// Lines of a position along the axis that is cut, and the positions of a line in each phase of the stride.
    fn lines(&self) -> (usize, usize) {
        (self.to[self.axis + 1..].iter().rev().skip(1).product(), self.to[2].div_ceil(self.stride[2]))
    }

    /// The positions of the source that go to a band.
    fn seen(&self, band: &Range<usize>) -> Range<usize> {
        if self.axis == 2 {
            return 0..self.source[2];
        }
        let (stride, pad) = (self.stride[self.axis] as isize, self.pad[self.axis]);
        let reach = ((self.conv.kernel[self.axis] - 1) * self.conv.dilation[self.axis]) as isize;
        let length = self.source[self.axis] as isize;
        let first = -(reach - pad - band.start as isize).div_euclid(stride);
        let end = (band.end as isize - 1 + pad).div_euclid(stride) + 1;
        let end = end.clamp(0, length);
        first.clamp(0, end) as usize..end as usize
    }

    /// `to = sum over taps of source * weights`, then the epilogue.
    pub fn run<T: Real>(
        &self,
        threads: &Threads,
        source: &[T],
        weights: &[T],
        to: &mut [T],
        write: Write,
        epilogue: &Epilogue<T>,
    ) {
        let [from_channels, to_channels] = self.channels;
        let taps = self.conv.taps();
        let to = Shareable(to.as_mut_ptr());
        scratch::indices(taps * to_channels, |rows| {
            for (index, row) in rows.iter_mut().enumerate() {
                let (tap, channel) = (index / to_channels, index % to_channels);
                // Forward, what a tap reads comes to it from the other side.
                *row = match self.back {
                    true => (tap * to_channels + channel) * from_channels,
                    false => (taps - 1 - tap) * from_channels * to_channels + channel,
                };
            }
            let step = if self.back { 1 } else { to_channels };
            let left = Gathered::new(weights, rows, &[0], from_channels, step);
            threads.run(self.conv.batch * self.bands(), &|task| {
                let (image, first) = (task / self.bands(), task % self.bands() * self.band);
                let band = first..(first + self.band).min(self.to[self.axis]);
                let position = self.to[self.axis + 1..].iter().product::<usize>() * to_channels;
                let place = (image * self.to[self.axis] + band.start) * position;
                // SAFETY: bands and images are disjoint parts of the result, which stays borrowed until all tasks are done.
                let to = unsafe { std::slice::from_raw_parts_mut(to.get().add(place), band.len() * position) };
                self.band(threads, source, &left, image, &band, to, write, epilogue);
            });
        });
    }

    #[expect(clippy::too_many_arguments, reason = "a task of `run`")]
    fn band<T: Real>(
        &self,
        threads: &Threads,
        source: &[T],
        left: &Gathered<T>,
        image: usize,
        band: &Range<usize>,
        to: &mut [T],
        write: Write,
        epilogue: &Epilogue<T>,
    ) {
        let [from_channels, to_channels] = self.channels;
        let (lines, length) = self.lines();
        let lines = if self.axis == 2 { 1 } else { lines * band.len() };
        let line = self.stride[2] * to_channels * length;
        let inner: usize = self.source[self.axis + 1..].iter().product();
        let rows = self.conv.taps() * to_channels;
        let seen = self.seen(band);
        let most = (PRODUCTS / (rows * inner).max(1)).max(if self.axis == 2 { 64 } else { 1 });
        // Chunks of one size.
        let chunk = seen.len().div_ceil(seen.len().div_ceil(most).max(1)).max(1);
        let step = chunk * inner + GAP;
        scratch::arrays([lines * line, rows * step], |[sums, products]| {
            sums.fill(T::zero());
            for first in seen.clone().step_by(chunk) {
                let part = first..(first + chunk).min(seen.end);
                let positions = part.len() * inner;
                let data = &source[(image * self.source[self.axis] + part.start) * inner * from_channels..];
                let right = Matrix {
                    data: &data[..positions * from_channels],
                    rows: from_channels,
                    cols: positions,
                    row_stride: 1,
                    col_stride: from_channels,
                };
                multiply(threads.level(), left, right, &mut Block::new(products, rows, positions, step), Start::Zero);
                let planes = Planes { narrow: self, part, band, products, step, sums, line };
                threads.level().run_vectors(planes);
            }
            let start = Block::new(to, to.len() / to_channels, to_channels, to_channels).start(write, epilogue.bias);
            for (to, sums) in to.chunks_exact_mut(self.to[2] * to_channels).zip(sums.chunks_exact(line)) {
                self.weave(sums, length, to, &start);
            }
        });
        Block::new(to, 1, to.len(), to.len()).activate(epilogue.activate);
    }

    /// Writes a line, whose channels and phases lie apart, as it should lie.
    fn weave<T: Real>(&self, sums: &[T], length: usize, to: &mut [T], start: &Start<T>) {
        let channels = self.channels[1];
        match start {
            Start::Zero => self.each(sums, length, to, |_, _, sum| sum),
            Start::Destination => self.each(sums, length, to, |_, before, sum| before + sum),
            Start::Row(row) => self.each(sums, length, to, |channel, _, sum| {
                row[if channel < channels { channel } else { channel % channels }] + sum
            }),
        }
    }

    /// Each element of a line from its channel, or with a stride its phase and channel, what it was, and the sum.
    #[inline(always)]
    fn each<T: Real>(&self, sums: &[T], length: usize, to: &mut [T], value: impl Fn(usize, T, T) -> T) {
        match self.stride[2] * self.channels[1] {
            1 => woven::<T, 1>(sums, length, to, value),
            2 => woven::<T, 2>(sums, length, to, value),
            3 => woven::<T, 3>(sums, length, to, value),
            4 => woven::<T, 4>(sums, length, to, value),
            5 => woven::<T, 5>(sums, length, to, value),
            6 => woven::<T, 6>(sums, length, to, value),
            8 => woven::<T, 8>(sums, length, to, value),
            width => rest(sums, length, to, 0, width, value),
        }
    }
}

#[inline(always)]
fn woven<T: Real, const N: usize>(sums: &[T], length: usize, to: &mut [T], value: impl Fn(usize, T, T) -> T) {
    let rows: [&[T]; N] = std::array::from_fn(|k| &sums[k * length..][..length]);
    let (whole, last) = to.as_chunks_mut::<N>();
    let count = whole.len();
    assert!(count <= length, "the line is as long as its sums");
    for (place, to) in whole.iter_mut().enumerate() {
        for k in 0..N {
            to[k] = value(k, to[k], rows[k][place]);
        }
    }
    rest(sums, length, last, count, N, value);
}

/// The elements `to` from position `first` on.
#[inline(always)]
fn rest<T: Real>(
    sums: &[T],
    length: usize,
    to: &mut [T],
    first: usize,
    width: usize,
    value: impl Fn(usize, T, T) -> T,
) {
    for (place, to) in to.chunks_mut(width).enumerate() {
        for (k, to) in to.iter_mut().enumerate() {
            *to = value(k, *to, sums[k * length + first + place]);
        }
    }
}

/// Adds planes of products to the sums of a band.
struct Planes<'a, T> {
    narrow: &'a Narrow<'a>,
    /// Positions of the source along the axis that is cut.
    part: Range<usize>,
    band: &'a Range<usize>,
    /// `(taps, channels, step)`
    products: &'a [T],
    step: usize,
    /// Lines of `(phases, channels, positions)`.
    sums: &'a mut [T],
    line: usize,
}

impl<T: Real> VectorRoutine<T> for Planes<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(mut self) {
        let kernel = self.narrow.conv.kernel;
        let (outer, middle) = (self.places(0), self.places(1));
        let lines = outer.flat_map(|first| middle.clone().map(move |second| [first, second]));
        for (line, place) in lines.enumerate() {
            for tap in 0..kernel[0] * kernel[1] {
                let Some(to) = self.target(place, [tap / kernel[1], tap % kernel[1]]) else { continue };
                // SAFETY: the caller answers for the register.
                unsafe { self.add_line::<V>(line, tap, to) };
            }
        }
    }
}

impl<T: Real> Planes<'_, T> {
    /// The places of the source along axis `k` that there are products of.
    #[inline(always)]
    fn places(&self, k: usize) -> Range<usize> {
        match k.cmp(&self.narrow.axis) {
            Ordering::Less => 0..1,
            Ordering::Equal => self.part.clone(),
            Ordering::Greater => 0..self.narrow.source[k],
        }
    }

    /// The line of sums that a tap takes a line of the source to, unless that lies outside of the band.
    #[inline(always)]
    fn target(&self, place: [usize; 2], tap: [usize; 2]) -> Option<usize> {
        let Narrow { conv, axis, to, stride, pad, .. } = self.narrow;
        let within = |k: usize| if k == *axis { self.band.clone() } else { 0..to[k] };
        let along = |k: usize| {
            let at = (place[k] * stride[k] + tap[k] * conv.dilation[k]) as isize - pad[k];
            usize::try_from(at).ok().filter(|at| within(k).contains(at)).map(|at| at - within(k).start)
        };
        let height = if *axis == 2 { 1 } else { within(1).len() };
        Some(along(0)? * height + along(1)?)
    }

    /// Adds a line of the source, times the taps `tap` of the outer axes and each of the last, to a line of sums.
    ///
    /// # Safety
    /// The processor has the register.
    #[inline(always)]
    unsafe fn add_line<V: Vector<Element = T>>(&mut self, line: usize, tap: usize, to: usize) {
        let narrow = self.narrow;
        let (stride, channels, taps) = (narrow.stride[2], narrow.channels[1], narrow.conv.kernel[2]);
        let (last, (_, length)) = (self.places(2), narrow.lines());
        let sums = &mut self.sums[to * self.line..][..self.line];
        for inner in 0..taps {
            let moved = (inner * narrow.conv.dilation[2]) as isize - narrow.pad[2];
            let phase = moved.rem_euclid(stride as isize) as usize;
            let moved = moved.div_euclid(stride as isize) + last.start as isize;
            let count = narrow.to[2].saturating_sub(phase).div_ceil(stride) as isize;
            // The places of the source that arrive within the line.
            let begin = (-moved).clamp(0, last.len() as isize);
            let end = (count - moved).clamp(begin, last.len() as isize);
            let (begin, len) = (begin as usize, (end - begin) as usize);
            let at = if len == 0 { continue } else { (begin as isize + moved) as usize };
            for channel in 0..channels {
                let product = (tap * taps + inner) * channels + channel;
                let products = &self.products[product * self.step + line * last.len() + begin..][..len];
                let sums = &mut sums[(phase * channels + channel) * length + at..][..len];
                // SAFETY: the caller answers for the register; both are as long.
                unsafe { add::<V>(products, sums) };
            }
        }
    }
}

/// # Safety
/// The processor has the register, and both are as long.
#[inline(always)]
unsafe fn add<V: Vector>(from: &[V::Element], to: &mut [V::Element]) {
    let mut place = 0;
    while place < from.len() {
        let count = (from.len() - place).min(V::LANES);
        let (from, to) = (from.as_ptr().wrapping_add(place), to.as_mut_ptr().wrapping_add(place));
        // SAFETY: the caller answers for the register; `count` elements are left of both.
        unsafe {
            if count == V::LANES {
                V::load(from).add(V::load(to)).store(to);
            } else {
                V::load_first(from, count).add(V::load_first(to, count)).store_first(to, count);
            }
        }
        place += count;
    }
}
