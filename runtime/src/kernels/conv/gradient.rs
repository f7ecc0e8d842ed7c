//! The gradient of a convolution's output, made from that of what follows it where it is read.

use std::ops::Range;

use formwork_shape::Activation;

use crate::kernels::level::Routine;
use crate::kernels::window::Window;
use crate::kernels::{Level, Write, activation, scratch};
use crate::{Real, Threads};

use super::Conv;

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
                window.batch * window.output.iter().product::<usize>() * window.channels
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
                let unpool =
                    Unpool { window, axis, pooled: first..end, band: band.clone(), dy, places: &places[range], to };
                level.run(unpool);
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

    /// Passes the gradient before the activation of some elements.
    fn activated<R>(&self, level: Level, width: usize, range: Range<usize>, work: impl FnOnce(&[T]) -> R) -> R {
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
    dy: &'a [T],
    places: &'a [u8],
    to: &'a mut [T],
}

impl<T: Real> Routine for Unpool<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Unpool { window, axis, pooled, band, dy, places, to } = self;
        to.fill(T::zero());
        let channels = window.channels;
        let mut counts = window.output;
        counts[axis] = pooled.len();
        let mut lengths = window.input;
        lengths[axis] = band.len();
        let image = lengths.iter().product::<usize>() * channels;
        let apart = (0..3).all(|axis| window.strides[axis] >= window.pool[axis]);
        let rows = dy.chunks_exact(channels.max(1)).zip(places.chunks_exact(channels.max(1)));
        for (index, (dy, places)) in rows.enumerate() {
            let within = index % counts.iter().product::<usize>();
            let mut place = [within / counts[2] / counts[1], within / counts[2] % counts[1], within % counts[2]];
            place[axis] += pooled.start;
            let to = &mut to[index / counts.iter().product::<usize>() * image..][..image];
            let mut first = 0;
            // Constant lengths, so that short rows are a few vectors.
            while first + CHANNELS <= channels {
                let (mut gradient, mut winner) = ([T::zero(); CHANNELS], [0; CHANNELS]);
                gradient.copy_from_slice(&dy[first..first + CHANNELS]);
                winner.copy_from_slice(&places[first..first + CHANNELS]);
                window.taps(place, |tap, mut at| {
                    if band.contains(&at[axis]) {
                        at[axis] -= band.start;
                        let from = ((at[0] * lengths[1] + at[1]) * lengths[2] + at[2]) * channels + first;
                        put(&mut to[from..from + CHANNELS], &gradient, &winner, tap, apart);
                    }
                });
                first += CHANNELS;
            }
            window.taps(place, |tap, mut at| {
                if band.contains(&at[axis]) && first < channels {
                    at[axis] -= band.start;
                    let from = ((at[0] * lengths[1] + at[1]) * lengths[2] + at[2]) * channels;
                    put(&mut to[from + first..from + channels], &dy[first..], &places[first..], tap, apart);
                }
            });
        }
    }
}

/// Channels that are moved at once.
const CHANNELS: usize = 32;

/// The gradients of the values that came from place `tap`, and 0 for the others; `apart` where nothing else comes here.
#[inline(always)]
fn put<T: Real>(to: &mut [T], dy: &[T], places: &[u8], tap: u8, apart: bool) {
    let values = dy.iter().zip(places).map(|(&dy, &place)| if place == tap { dy } else { T::zero() });
    if apart {
        to.iter_mut().zip(values).for_each(|(to, value)| *to = value);
    } else {
        to.iter_mut().zip(values).for_each(|(to, value)| *to += value);
    }
}
