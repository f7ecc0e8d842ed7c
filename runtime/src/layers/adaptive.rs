//! Pooling in a given number of windows that cover the input evenly.

use std::ops::Range;

use formwork_shape::Shape;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};

/// Which place won for each output in the last training step.
#[derive(Default)]
struct Winners {
    places: Vec<u32>,
}

/// The windows over up to three spatial axes; fewer are the last ones.
#[derive(Clone, Copy)]
struct Windows {
    input: [usize; 3],
    output: [usize; 3],
    channels: usize,
}

impl Windows {
    fn new(x: &Shape, y: &Shape) -> Self {
        let axes = x.rank() - 1;
        let last = |shape: &Shape| std::array::from_fn(|k| if k + axes < 3 { 1 } else { shape.dim(k + axes - 3) });
        Windows { input: last(x), output: last(y), channels: x.last() }
    }

    /// Elements of an image of the input.
    fn image(&self) -> usize {
        self.input.iter().product::<usize>() * self.channels
    }

    /// Elements of an image of the output.
    fn pooled(&self) -> usize {
        self.output.iter().product::<usize>() * self.channels
    }

    /// Where the window of output place `index` begins and ends on each axis.
    fn window(&self, index: usize) -> [Range<usize>; 3] {
        let [_, rows, columns] = self.output;
        let at = [index / columns / rows, index / columns % rows, index % columns];
        std::array::from_fn(|k| {
            let (n, m) = (self.input[k], self.output[k]);
            at[k] * n / m..((at[k] + 1) * n).div_ceil(m)
        })
    }

    /// Calls `f` with every place of a window.
    fn places(&self, [depth, rows, columns]: [Range<usize>; 3], mut f: impl FnMut(usize)) {
        for plane in depth {
            for row in rows.clone() {
                for column in columns.clone() {
                    f((plane * self.input[1] + row) * self.input[2] + column);
                }
            }
        }
    }
}

/// One over the number of places of a window.
fn share<T: Real>(window: &[Range<usize>; 3]) -> T {
    T::of(1.0 / window.iter().map(Range::len).product::<usize>() as f64)
}

/// The mean of each window.
pub(super) fn average<T: Real>(pass: &Pass<'_>, x: &View<'_, T>, y: &mut ViewMut<'_, T>) {
    let windows = Windows::new(x.shape(), y.shape());
    let channels = windows.channels;
    each::parts(pass.threads, y.data, windows.pooled(), |sample, y| {
        let x = &x.data()[sample * windows.image()..][..windows.image()];
        for (index, y) in y.chunks_exact_mut(channels).enumerate() {
            let window = windows.window(index);
            let share: T = share(&window);
            y.fill(T::zero());
            windows.places(window, |place| {
                y.iter_mut().zip(&x[place * channels..]).for_each(|(y, x)| *y += *x);
            });
            y.iter_mut().for_each(|y| *y *= share);
        }
    });
}

/// Every place of a window has an equal share of its gradient.
pub(super) fn average_backward<T: Real>(pass: &Pass<'_>, step: Backward<'_, '_, T>) {
    let Some((dx, write)) = step.dx[0].target() else { return };
    let dy = &step.dy[0];
    let windows = Windows::new(step.x[0].shape(), dy.shape());
    let channels = windows.channels;
    each::parts(pass.threads, dx, windows.image(), |sample, dx| {
        if write == Write::Overwrite {
            dx.fill(T::zero());
        }
        let dy = &dy.data()[sample * windows.pooled()..][..windows.pooled()];
        for (index, dy) in dy.chunks_exact(channels).enumerate() {
            let window = windows.window(index);
            let share: T = share(&window);
            windows.places(window, |place| {
                dx[place * channels..].iter_mut().zip(dy).for_each(|(dx, dy)| *dx += share * *dy);
            });
        }
    });
}

/// The largest value of each window.
pub(super) fn max<T: Real>(pass: &Pass<'_>, x: &View<'_, T>, y: &mut ViewMut<'_, T>) {
    let windows = Windows::new(x.shape(), y.shape());
    let channels = windows.channels;
    each::parts(pass.threads, y.data, windows.pooled(), |sample, y| {
        let x = &x.data()[sample * windows.image()..][..windows.image()];
        for (index, y) in y.chunks_exact_mut(channels).enumerate() {
            y.fill(T::neg_infinity());
            windows.places(windows.window(index), |place| {
                for (y, x) in y.iter_mut().zip(&x[place * channels..]) {
                    // NaN wins, and nothing wins over NaN.
                    *y = if *x > *y || x.is_nan() { *x } else { *y };
                }
            });
        }
    });
}

/// Notes for each output the first place of its window that has its value.
pub(super) fn note<T: Real>(pass: &Pass<'_>, x: &View<'_, T>, y: &ViewMut<'_, T>, work: &mut Work) {
    let windows = Windows::new(x.shape(), y.shape());
    let channels = windows.channels;
    let winners = &mut work.of::<Winners>().places;
    winners.clear();
    winners.resize(y.data.len(), u32::MAX);
    each::parts(pass.threads, winners, windows.pooled(), |sample, winners| {
        let x = &x.data()[sample * windows.image()..][..windows.image()];
        let y = &y.data[sample * windows.pooled()..][..windows.pooled()];
        for (index, (winners, y)) in winners.chunks_exact_mut(channels).zip(y.chunks_exact(channels)).enumerate() {
            windows.places(windows.window(index), |place| {
                for (winner, (x, y)) in winners.iter_mut().zip(x[place * channels..].iter().zip(y)) {
                    *winner = if *winner == u32::MAX && *x == *y { place as u32 } else { *winner };
                }
            });
        }
    });
}

/// The place that won has all of the gradient.
pub(super) fn max_backward<T: Real>(pass: &Pass<'_>, step: Backward<'_, '_, T>, work: &mut Work) {
    let Some((dx, write)) = step.dx[0].target() else { return };
    let dy = &step.dy[0];
    let windows = Windows::new(step.x[0].shape(), dy.shape());
    let channels = windows.channels;
    let winners = &work.of::<Winners>().places;
    each::parts(pass.threads, dx, windows.image(), |sample, dx| {
        if write == Write::Overwrite {
            dx.fill(T::zero());
        }
        let range = sample * windows.pooled()..(sample + 1) * windows.pooled();
        let terms = winners[range.clone()].iter().zip(&dy.data()[range]);
        for (at, (winner, dy)) in terms.enumerate() {
            // A window of NaN has no winner.
            if let Some(dx) = dx.get_mut((*winner as usize).saturating_mul(channels).saturating_add(at % channels)) {
                *dx += *dy;
            }
        }
    });
}

/// The kernel of an adaptive pooling that averages over so many axes.
macro_rules! average_kernel {
    ($layer:ident, $rank:literal) => {
        super::plain::kernel!(
            $layer, |layer, pass, work|
            infer(x, y) => super::adaptive::average(pass, &x[0], &mut y[0]),
            backward(step) => super::adaptive::average_backward(pass, step),
        );
        super::adaptive::pooling_cases!($layer, $rank);
    };
}

/// The kernel of an adaptive pooling that takes the largest over so many axes.
macro_rules! max_kernel {
    ($layer:ident, $rank:literal) => {
        super::plain::kernel!(
            $layer, |layer, pass, work|
            infer(x, y) => super::adaptive::max(pass, &x[0], &mut y[0]),
            train => {
                super::adaptive::max(pass, &x[0], &mut y[0]);
                super::adaptive::note(pass, &x[0], &y[0], work);
            },
            backward(step) => super::adaptive::max_backward(pass, step, work),
        );
        super::adaptive::pooling_cases!($layer, $rank);
    };
}

macro_rules! pooling_cases {
    ($layer:ident, $rank:literal) => {
        #[cfg(test)]
        use formwork_shape::layers::$layer;

        #[cfg(test)]
        super::conformance::cases!($layer: (image($rank), [(); $rank].map(|()| 1..5usize)) => |(input, output_size)| {
            Case::new($layer { output_size, ..$layer::TEMPLATE }, [input])
        });
    };
}

pub(super) use {average_kernel, max_kernel, pooling_cases};
