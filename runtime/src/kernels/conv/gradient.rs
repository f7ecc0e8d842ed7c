//! The gradient of a convolution's output, made from that of what follows it where it is read.

use std::ops::Range;

use formwork_shape::Activation;

use crate::kernels::level::Routine;
use crate::kernels::window::Window;
use crate::kernels::{Level, Write, activation, scratch};
use crate::{Real, Threads};

use super::{Conv, ThroughPool};

/// The gradient of the output of a convolution, or of what follows it: an activation, then a pooling.
#[derive(Clone, Copy)]
pub struct Gradient<'a, T> {
    /// The gradient of what comes last.
    pub dy: &'a [T],
    /// An activation, with what its backward knows: as long as `dy`.
    pub activation: Option<(Activation, &'a [T])>,
    /// A pooling, with which place of its window each output has.
    pub pool: Option<(&'a Window, &'a [u8])>,
}

impl<'a, T: Real> Gradient<'a, T> {
    /// The gradient of the output itself.
    pub fn plain(dy: &'a [T]) -> Self {
        Gradient { dy, activation: None, pool: None }
    }

    /// Is `dy` the gradient of the output itself?
    pub fn is_plain(&self) -> bool {
        self.activation.is_none() && self.pool.is_none()
    }

    /// Panics unless the slices have the sizes that follow from the convolution.
    pub(super) fn check(&self, conv: &Conv) {
        let outputs = match self.pool {
            Some((window, places)) => {
                let same = (window.batch, window.input, window.channels) == (conv.batch, conv.output, conv.filters);
                assert!(same, "the pooling has the output of the convolution as its input");
                assert_eq!(places.len(), self.dy.len(), "a place for each pooled value");
                window.batch * window.output_image()
            }
            None => conv.batch * conv.outputs() * conv.filters,
        };
        assert_eq!(self.dy.len(), outputs, "elements of the output");
        assert!(self.activation.is_none_or(|(_, known)| known.len() == outputs), "elements of the activation");
    }

    /// Passes the gradient of some images, or of the places `band` along `axis` of one image. Axes before `axis` have one
    /// place.
    pub(super) fn with<R>(
        &self,
        level: Level,
        conv: &Conv,
        axis: usize,
        images: &Range<usize>,
        band: &Range<usize>,
        work: impl FnOnce(&[T]) -> R,
    ) -> R {
        let line = conv.output[axis + 1..].iter().product::<usize>() * conv.filters;
        let elements = |images: &Range<usize>, length: usize, band: &Range<usize>, line: usize| {
            let first = (images.start * length + band.start) * line;
            first..first + images.len() * band.len() * line
        };
        let Some((window, places)) = self.pool else {
            return self.activated(level, conv.filters, elements(images, conv.output[axis], band, line), work);
        };
        let reach = |pooled: usize| window.covered(axis, pooled);
        let all = window.output[axis];
        let first = (0..all).find(|&pooled| reach(pooled).end > band.start).unwrap_or(all);
        let end = (first..all).find(|&pooled| reach(pooled).start >= band.end).unwrap_or(all);
        let pooled_line = window.output[axis + 1..].iter().product::<usize>() * window.channels;
        let range = elements(images, all, &(first..end), pooled_line);
        scratch::elements(images.len() * band.len() * line, |to: &mut [T]| {
            self.activated(level, conv.filters, range.clone(), |dy| {
                let (places, band, pooled) = (&places[range], band.clone(), first..end);
                window.with_offsets(lengths(window, axis, &band), |offsets| {
                    level.run(Unpool { window, axis, pooled, band, offsets, dy, places, to });
                });
            });
            work(to)
        })
    }

    /// Passes the gradient of the whole output.
    pub(crate) fn whole<R>(&self, threads: &Threads, conv: &Conv, work: impl FnOnce(&[T]) -> R) -> R {
        if self.is_plain() {
            return work(self.dy);
        }
        let image = conv.outputs() * conv.filters;
        scratch::elements(conv.batch * image, |to: &mut [T]| {
            let images = ((1 << 15) / image.max(1)).max(1);
            let axis = conv.output.iter().position(|&length| length > 1).unwrap_or(2);
            threads.chunks_mut(to, (images * image).max(1), &|task, to| {
                let images = task * images..((task + 1) * images).min(conv.batch);
                self.with(threads.level(), conv, axis, &images, &(0..conv.output[axis]), |dy| to.copy_from_slice(dy));
            });
            work(to)
        })
    }

    /// Does a gradient leave out the outputs that no pooled value came from? It then wants the pooling.
    pub(crate) fn is_taken_pooled(&self, threads: &Threads, conv: &Conv) -> bool {
        ThroughPool::for_weights(threads, conv, self).is_some()
    }

    /// Passes the gradient before the activation of some elements.
    pub(super) fn activated<R>(
        &self,
        level: Level,
        width: usize,
        range: Range<usize>,
        work: impl FnOnce(&[T]) -> R,
    ) -> R {
        let dy = &self.dy[range.clone()];
        let Some((function, known)) = self.activation else { return work(dy) };
        scratch::elements(dy.len(), |to: &mut [T]| {
            activation::backward(level, function, &known[range], dy, to, Write::Overwrite, width);
            work(to)
        })
    }
}

/// Puts gradients of pooled values where the values came from.
struct Unpool<'a, T> {
    window: &'a Window,
    axis: usize,
    /// The windows along the axis.
    pooled: Range<usize>,
    /// The places along the axis that `to` has.
    band: Range<usize>,
    /// Where the places of a window lie, from its first on.
    offsets: &'a [usize],
    dy: &'a [T],
    places: &'a [u8],
    to: &'a mut [T],
}

impl<T: Real> Routine for Unpool<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Unpool { window, axis, pooled, band, offsets, dy, places, to } = self;
        to.fill(T::zero());
        let (channels, pool) = (window.channels, window.pool);
        let mut outputs = window.output.map(|length| 0..length);
        outputs[axis] = pooled;
        let lengths = lengths(window, axis, &band);
        let image = lengths.iter().product::<usize>() * channels;
        let apart = (0..3).all(|axis| window.strides[axis] >= window.pool[axis]);
        let mut first = 0;
        for to in to.chunks_exact_mut(image.max(1)) {
            for a in outputs[0].clone() {
                let outer = window.covered(0, a);
                for b in outputs[1].clone() {
                    let middle = window.covered(1, b);
                    for c in outputs[2].clone() {
                        let covered = [outer.clone(), middle.clone(), window.covered(2, c)];
                        let (dy, places) = (&dy[first..first + channels], &places[first..first + channels]);
                        first += channels;
                        let whole = apart
                            && covered[0].len() == pool[0]
                            && covered[1].len() == pool[1]
                            && covered[2].len() == pool[2]
                            && (band.start <= covered[axis].start && covered[axis].end <= band.end);
                        if whole {
                            let mut at = [covered[0].start, covered[1].start, covered[2].start];
                            at[axis] -= band.start;
                            let at = ((at[0] * lengths[1] + at[1]) * lengths[2] + at[2]) * channels;
                            let done = put_all::<T, 32>(0, offsets, dy, places, &mut to[at..]);
                            let done = put_all::<T, 8>(done, offsets, dy, places, &mut to[at..]);
                            put_all::<T, 1>(done, offsets, dy, places, &mut to[at..]);
                            continue;
                        }
                        window.taps([a, b, c], |tap, mut at| {
                            if band.contains(&at[axis]) {
                                at[axis] -= band.start;
                                let from = ((at[0] * lengths[1] + at[1]) * lengths[2] + at[2]) * channels;
                                put(&mut to[from..from + channels], dy, places, tap);
                            }
                        });
                    }
                }
            }
        }
    }
}

/// The lengths of a part of the input of a pooling.
fn lengths(window: &Window, axis: usize, band: &Range<usize>) -> [usize; 3] {
    let mut lengths = window.input;
    lengths[axis] = band.len();
    lengths
}

/// The channels from `first` on, `N` at a time in registers, as far as that goes, of a window that lies inside and apart from
/// all others: each place gets the gradients of the values that came from there, and 0 for the others.
#[inline(always)]
fn put_all<T: Real, const N: usize>(
    mut first: usize,
    offsets: &[usize],
    dy: &[T],
    places: &[u8],
    to: &mut [T],
) -> usize {
    while first + N <= dy.len() {
        let (mut gradient, mut winner) = ([T::zero(); N], [0; N]);
        gradient.copy_from_slice(&dy[first..first + N]);
        winner.copy_from_slice(&places[first..first + N]);
        for (tap, &offset) in offsets.iter().enumerate() {
            let to = &mut to[offset + first..][..N];
            for channel in 0..N {
                to[channel] = if usize::from(winner[channel]) == tap { gradient[channel] } else { T::zero() };
            }
        }
        first += N;
    }
    first
}

/// Adds the gradients of the values that came from place `tap`.
#[inline(always)]
fn put<T: Real>(to: &mut [T], dy: &[T], places: &[u8], tap: u8) {
    let values = dy.iter().zip(places).map(|(&dy, &place)| if place == tap { dy } else { T::zero() });
    to.iter_mut().zip(values).for_each(|(to, value)| *to += value);
}
