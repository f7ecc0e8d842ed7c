//! The gradient of the input where most taps that an input position might see lie beyond the output, as in a transposed
//! convolution that makes an image of a few numbers: the products of every output with all taps come first, and each is then
//! added to where its tap lies.

use std::ops::Range;

use crate::kernels::gemm::{Epilogue, Matrix, Way, Write, gemm_with};
use crate::kernels::level::Routine;
use crate::kernels::scratch;
use crate::{Real, Threads};

use super::input_gradient::windows;
use super::{Conv, Taps};

/// How many times as many products a convolution of the output's gradient has at least.
const TIMES: usize = 2;

/// Filters of which the products take as long as it takes to add them.
const FILTERS: usize = 16;

/// Most products at once, so that they stay in the second-level cache; those of one image in any case.
const PRODUCTS: usize = 1 << 18;

pub(super) struct Scattered<'a> {
    conv: &'a Conv,
}

impl<'a> Scattered<'a> {
    /// None where it is not worth it.
    pub(super) fn new(conv: &'a Conv) -> Option<Self> {
        let products = conv.outputs() * conv.taps();
        let others: usize = (0..3).map(|axis| windows(conv, axis)).product();
        let pays = others * conv.filters >= (TIMES * conv.filters + FILTERS) * products;
        (conv.groups == 1 && products > 0 && pays).then_some(Scattered { conv })
    }

    pub(super) fn run<T: Real>(
        &self,
        threads: &Threads,
        dy: &[T],
        taps: Taps<T>,
        dx: &mut [T],
        write: Write,
        epilogue: &Epilogue<T>,
    ) {
        let conv = self.conv;
        let (image, products) = (conv.inputs() * conv.channels, conv.outputs() * conv.taps() * conv.channels);
        if dx.is_empty() {
            return;
        }
        let images = (PRODUCTS / products.max(1)).clamp(1, conv.batch);
        let rows = images * conv.outputs();
        let weights = Matrix::new(taps.values, conv.taps() * conv.channels, conv.filters).transposed();
        let weights = taps.right(threads, weights, rows, Way::Straight);
        scratch::elements(images * products, |room: &mut [T]| {
            let blocks = dx.chunks_mut(images * image).zip(dy.chunks(rows * conv.filters));
            for (dx, dy) in blocks {
                let left = Matrix::new(dy, dy.len() / conv.filters, conv.filters);
                let room = &mut room[..left.rows * conv.taps() * conv.channels];
                gemm_with(
                    threads,
                    left,
                    weights,
                    room,
                    conv.taps() * conv.channels,
                    Write::Overwrite,
                    &Epilogue::none(),
                );
                let from = &*room;
                threads.chunks_mut(dx, image, &|index, dx| {
                    let from = &from[index * products..][..products];
                    threads.level().run(Scatter { conv, from, dx, write, bias: epilogue.bias });
                    if let Some(activate) = epilogue.activate {
                        activate.apply(dx);
                    }
                });
            }
        });
    }
}

/// Adds the products of one image to where their taps lie.
struct Scatter<'a, T> {
    conv: &'a Conv,
    /// Those of each output, tap after tap.
    from: &'a [T],
    dx: &'a mut [T],
    write: Write,
    bias: Option<&'a [T]>,
}

impl<T: Real> Routine for Scatter<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Scatter { conv, from, dx, write, bias } = self;
        if write == Write::Overwrite {
            dx.fill(T::zero());
        }
        if let Some(bias) = bias {
            dx.chunks_exact_mut(conv.channels).for_each(|dx| add(dx, bias));
        }
        let ([_, down, across], [_, rows, cols], [_, height, width]) = (conv.output, conv.kernel, conv.input);
        let line = cols * conv.channels;
        let of_output = from.chunks_exact(conv.taps() * conv.channels);
        for (output, from) in of_output.enumerate() {
            let at = [output / across / down, output / across % down, output % across];
            let third = seen(conv, 2, at[2]);
            // Taps that lie next to each other are added as one.
            let run = if conv.dilation[2] == 1 { third.len() } else { 1 };
            for first in seen(conv, 0, at[0]) {
                for second in seen(conv, 1, at[1]) {
                    let from = &from[(first * rows + second) * line..][..line];
                    let start = (place(conv, 0, at[0], first) * height + place(conv, 1, at[1], second)) * width;
                    for tap in third.clone().step_by(run.max(1)) {
                        let dx = &mut dx[(start + place(conv, 2, at[2], tap)) * conv.channels..];
                        add(dx, &from[tap * conv.channels..][..run * conv.channels]);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn add<T: Real>(to: &mut [T], values: &[T]) {
    to.iter_mut().zip(values).for_each(|(to, &value)| *to += value);
}

/// Where a tap of an output lies that is seen.
#[inline(always)]
fn place(conv: &Conv, axis: usize, output: usize, tap: usize) -> usize {
    output * conv.strides[axis] + tap * conv.dilation[axis] - conv.pad_before[axis]
}

/// The taps of an output along an axis that lie within the input.
#[inline(always)]
fn seen(conv: &Conv, axis: usize, output: usize) -> Range<usize> {
    let (first, pad, dilation) = (output * conv.strides[axis], conv.pad_before[axis], conv.dilation[axis]);
    let before = |place: usize| (place + pad).saturating_sub(first).div_ceil(dilation).min(conv.kernel[axis]);
    let end = before(conv.input[axis]);
    before(0).min(end)..end
}
