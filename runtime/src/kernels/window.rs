//! Pooling: the largest value or the mean of windows over one to three spatial axes, channels last.

mod block;
mod line;

use std::ops::Range;

use crate::{Real, Threads};

use super::level::Routine;
use super::{Write, scratch};
pub(crate) use block::max_of_block;
use line::{join, spread};

/// Elements that a task should read at least.
const TASK: usize = if cfg!(test) { 1 << 8 } else { 1 << 14 };

/// What the place of the largest value is where a window covers nothing.
pub const NOWHERE: u32 = u32::MAX;

/// The sizes of a pooling; fewer than three spatial axes have leading axes of length 1.
///
/// Images are `(batch, input, channels)` and `(batch, output, channels)`. Place `t` of window `o` is input
/// `o * stride + t - pad_before`; places beyond the input count as absent.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The number of images.
    pub batch: usize,
    /// The lengths of the input.
    pub input: [usize; 3],
    /// Channels of input and output.
    pub channels: usize,
    /// The lengths of a window.
    pub pool: [usize; 3],
    /// Steps between windows.
    pub strides: [usize; 3],
    /// Absent places before the input.
    pub pad_before: [usize; 3],
    /// The lengths of the output.
    pub output: [usize; 3],
}

impl Window {
    /// Elements of an input image.
    fn input_image(&self) -> usize {
        self.input.iter().product::<usize>() * self.channels
    }

    /// Elements of an output image.
    pub(super) fn output_image(&self) -> usize {
        self.output.iter().product::<usize>() * self.channels
    }

    /// Elements of a line of the input, along the last spatial axis.
    fn input_line(&self) -> usize {
        self.input[2] * self.channels
    }

    /// Elements of a line of the output, along the last spatial axis.
    fn output_line(&self) -> usize {
        self.output[2] * self.channels
    }

    /// The image that an output line is of.
    #[inline(always)]
    fn image<'a, T>(&self, x: &'a [T], line: usize) -> &'a [T] {
        &x[line / self.output[0] / self.output[1] * self.input_image()..][..self.input_image()]
    }

    fn check(&self, x: usize, y: usize) {
        assert_eq!(x, self.batch * self.input_image(), "elements of the input");
        assert_eq!(y, self.batch * self.output_image(), "elements of the output");
        assert!(self.strides.iter().all(|&stride| stride > 0), "strides are positive");
    }

    /// The places of an axis that window `window` covers.
    #[inline(always)]
    pub(super) fn covered(&self, axis: usize, window: usize) -> Range<usize> {
        let (first, pad) = (window * self.strides[axis], self.pad_before[axis]);
        let end = (first + self.pool[axis]).saturating_sub(pad).min(self.input[axis]);
        first.saturating_sub(pad).min(end)..end
    }

    /// The places that the windows of one output line cover along the outer axes.
    #[inline(always)]
    fn outer(&self, line: usize) -> [Range<usize>; 2] {
        [self.covered(0, line / self.output[1] % self.output[0]), self.covered(1, line % self.output[1])]
    }

    /// The places where the lines of an image begin that the windows of one output line cover, in order.
    #[inline(always)]
    fn covered_lines(&self, line: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let [first, second] = self.outer(line);
        let (lines, places) = (self.input[1], self.input[2]);
        first.flat_map(move |first| second.clone().map(move |second| (first * lines + second) * places))
    }

    /// Calls `visit` with the number of each place of a window that lies within the input, and where that is.
    #[inline(always)]
    pub(super) fn taps(&self, window: [usize; 3], mut visit: impl FnMut(u8, [usize; 3])) {
        let covered = [0, 1, 2].map(|axis| self.covered(axis, window[axis]));
        let first = [0, 1, 2].map(|axis| window[axis] * self.strides[axis]);
        for a in covered[0].clone() {
            for b in covered[1].clone() {
                for c in covered[2].clone() {
                    let [a0, b0, c0] = [
                        a + self.pad_before[0] - first[0],
                        b + self.pad_before[1] - first[1],
                        c + self.pad_before[2] - first[2],
                    ];
                    visit(((a0 * self.pool[1] + b0) * self.pool[2] + c0) as u8, [a, b, c]);
                }
            }
        }
    }

    /// Passes where the places of a window lie from its first on, in images of these lengths.
    pub(super) fn with_offsets<R>(&self, lengths: [usize; 3], work: impl FnOnce(&[usize]) -> R) -> R {
        let [_, second, third] = self.pool;
        scratch::indices(self.pool.iter().product(), |offsets| {
            for (tap, offset) in offsets.iter_mut().enumerate() {
                let place = [tap / third / second, tap / third % second, tap % third];
                *offset = ((place[0] * lengths[1] + place[1]) * lengths[2] + place[2]) * self.channels;
            }
            work(offsets)
        })
    }

    /// 1 / the number of places of the input that a window covers, which covers so many lines.
    #[inline(always)]
    fn share<T: Real>(&self, lines: usize, window: usize) -> T {
        T::of((lines * self.covered(2, window).len()) as f64).recip()
    }

    /// Calls `task` with the number of the first line and the elements of some output lines, for all of them.
    fn lines<T: Send>(&self, threads: &Threads, y: &mut [T], task: &(dyn Fn(usize, &mut [T]) + Sync)) {
        let (line, work) = (self.output_line(), self.output_line() * self.pool.iter().product::<usize>());
        let all = y.len() / line.max(1);
        let lines = all.div_ceil(threads.tasks(all * work, TASK)).max(1);
        threads.chunks_mut(y, (lines * line).max(1), &|index, y| task(index * lines, y));
    }

    /// Calls `task` with the number and the elements of each input image.
    fn images<T: Send>(&self, threads: &Threads, dx: &mut [T], task: &(dyn Fn(usize, &mut [T]) + Sync)) {
        let image = self.input_image();
        let images = self.batch.div_ceil(threads.tasks(dx.len(), TASK)).max(1);
        threads.chunks_mut(dx, (images * image).max(1), &|index, dx| {
            for (offset, dx) in dx.chunks_exact_mut(image).enumerate() {
                task(index * images + offset, dx);
            }
        });
    }
}

/// The largest value of each window. NaN is larger than all; the first of equal values counts.
///
/// `places`, if wanted and as long as `y`, is told where in its image each value lies, for [`max_backward`].
///
/// # Panics
/// If the sizes do not agree, or an image has too many elements for the places.
pub fn max_forward<T: Real>(threads: &Threads, window: &Window, x: &[T], y: &mut [T], places: Option<&mut [u32]>) {
    window.check(x.len(), y.len());
    let Some(places) = places else {
        return window.lines(threads, y, &|line, y| {
            scratch::elements(window.input_line(), |room: &mut [T]| {
                threads.level().run(Max::<T, false> { window, x, line, y, places: &mut [], room });
            });
        });
    };
    assert_eq!(places.len(), y.len(), "a place for each output");
    assert!(window.input_image() < NOWHERE as usize, "an image has fewer elements than fit in 32 bits");
    let start = crate::threads::Shareable(y.as_mut_ptr());
    window.lines(threads, places, &|line, places| {
        let first = line * window.output_line();
        // SAFETY: `y` is as long as the places, of which each task has a part of its own.
        let y = unsafe { std::slice::from_raw_parts_mut(start.get().add(first), places.len()) };
        scratch::elements(window.input_line(), |room: &mut [T]| {
            threads.level().run(Max::<T, true> { window, x, line, y, places, room });
        });
    });
}

struct Max<'a, T, const PLACES: bool> {
    window: &'a Window,
    x: &'a [T],
    line: usize,
    y: &'a mut [T],
    places: &'a mut [u32],
    /// For a line of the input.
    room: &'a mut [T],
}

impl<T: Real, const PLACES: bool> Routine for Max<'_, T, PLACES> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Max { window, x, line, y, places, room } = self;
        let channels = window.channels;
        for (index, y) in y.chunks_exact_mut(window.output_line().max(1)).enumerate() {
            let first = index * window.output_line();
            let line = line + index;
            let image = window.image(x, line);
            join(window, image, line, room, y, T::neg_infinity(), |y, x| if (x > y) | x.is_nan() { x } else { y });
            if !PLACES {
                continue;
            }
            let places = &mut places[first..first + y.len()];
            places.fill(NOWHERE);
            for (index, (y, places)) in y.chunks_exact(channels).zip(places.chunks_exact_mut(channels)).enumerate() {
                for place in
                    window.covered_lines(line).flat_map(|start| window.covered(2, index).map(move |k| start + k))
                {
                    let values = &image[place * channels..][..channels];
                    for (channel, ((known, y), x)) in places.iter_mut().zip(y).zip(values).enumerate() {
                        let here = (place * channels + channel) as u32;
                        let wins = (x == y) | (x.is_nan() & y.is_nan());
                        *known = if (*known == NOWHERE) & wins { here } else { *known };
                    }
                }
            }
        }
    }
}

/// The gradient of the input: each output's goes to the place of its value.
///
/// # Panics
/// If the sizes do not agree, or a place lies beyond its image.
pub fn max_backward<T: Real>(threads: &Threads, window: &Window, places: &[u32], dy: &[T], dx: &mut [T], write: Write) {
    window.check(dx.len(), dy.len());
    assert_eq!(places.len(), dy.len(), "a place for each output");
    let len = window.output_image();
    window.images(threads, dx, &|image, dx| {
        if write == Write::Overwrite {
            dx.fill(T::zero());
        }
        for (&place, &dy) in places[image * len..][..len].iter().zip(&dy[image * len..][..len]) {
            if place != NOWHERE {
                dx[place as usize] += dy;
            }
        }
    });
}

/// The mean of the places of each window that lie within the input.
///
/// # Panics
/// If the sizes do not agree.
pub fn average_forward<T: Real>(threads: &Threads, window: &Window, x: &[T], y: &mut [T]) {
    window.check(x.len(), y.len());
    window.lines(threads, y, &|line, y| {
        scratch::elements(window.input_line(), |room: &mut [T]| {
            threads.level().run(Average { window, x, line, y, room });
        });
    });
}

struct Average<'a, T> {
    window: &'a Window,
    x: &'a [T],
    line: usize,
    y: &'a mut [T],
    /// For a line of the input.
    room: &'a mut [T],
}

impl<T: Real> Routine for Average<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Average { window, x, line, y, room } = self;
        for (line, y) in (line..).zip(y.chunks_exact_mut(window.output_line().max(1))) {
            join(window, window.image(x, line), line, room, y, T::zero(), |sum, x| sum + x);
            let lines = window.covered_lines(line).count();
            for (index, y) in y.chunks_exact_mut(window.channels).enumerate() {
                let share: T = window.share(lines, index);
                y.iter_mut().for_each(|sum| *sum *= share);
            }
        }
    }
}

/// The gradient of the input: each output's goes to the places of its window in equal shares.
///
/// # Panics
/// If the sizes do not agree.
pub fn average_backward<T: Real>(threads: &Threads, window: &Window, dy: &[T], dx: &mut [T], write: Write) {
    window.check(dx.len(), dy.len());
    let len = window.output_image();
    window.images(threads, dx, &|image, dx| {
        if write == Write::Overwrite {
            dx.fill(T::zero());
        }
        let (dy, rooms) = (&dy[image * len..][..len], [window.input_line(), window.output_line()]);
        scratch::arrays(rooms, |[room, shares]| threads.level().run(Spread { window, dy, dx, room, shares }));
    });
}

struct Spread<'a, T> {
    window: &'a Window,
    dy: &'a [T],
    dx: &'a mut [T],
    /// For a line of the input, and one of the output.
    room: &'a mut [T],
    shares: &'a mut [T],
}

impl<T: Real> Routine for Spread<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Spread { window, dy, dx, room, shares } = self;
        let channels = window.channels;
        for (line, dy) in dy.chunks_exact(window.output_line().max(1)).enumerate() {
            let lines = window.covered_lines(line).count();
            for (index, (to, dy)) in shares.chunks_exact_mut(channels).zip(dy.chunks_exact(channels)).enumerate() {
                let share: T = window.share(lines, index);
                to.iter_mut().zip(dy).for_each(|(to, &dy)| *to = dy * share);
            }
            spread(window, shares, room);
            for place in window.covered_lines(line) {
                let dx = &mut dx[place * channels..][..room.len()];
                dx.iter_mut().zip(&*room).for_each(|(dx, &value)| *dx += value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
