//! Pooling over all places at once.

use super::each;
use crate::Real;
use crate::kernel::{Backward, Pass, Work};
use crate::kernels::{Write, reduce};
use crate::view::{View, ViewMut};

/// Which place won for each output in the last training step.
#[derive(Default)]
struct Winners {
    places: Vec<u32>,
}

/// The mean of each feature of a sequence over the steps that `mask` lets through, 0 where there are none.
pub(super) fn masked_average<T: Real>(pass: &Pass<'_>, x: &View<'_, T>, mask: &[T], y: &mut ViewMut<'_, T>) {
    let (steps, features) = (x.shape().dim(0), x.last());
    each::parts_of(pass.threads, y.data, features, steps * features, |sample, y| {
        y.fill(T::zero());
        let mask = &mask[sample * steps..][..steps];
        let rows = x.data()[sample * steps * features..].chunks_exact(features);
        for (x, _) in rows.zip(mask).filter(|(_, valid)| **valid != T::zero()) {
            y.iter_mut().zip(x).for_each(|(y, x)| *y += *x);
        }
        let count = each::sum(mask).max(T::one());
        y.iter_mut().for_each(|y| *y /= count);
    });
}

/// Every step that the mask lets through has an equal share of the gradient.
pub(super) fn masked_average_backward<T: Real>(pass: &Pass<'_>, step: Backward<'_, '_, T>, mask: &[T]) {
    let (x, dy) = (&step.x[0], step.dy[0].data());
    let (steps, features) = (x.shape().dim(0), x.last());
    let Some((dx, write)) = step.dx[0].target() else { return };
    each::parts(pass.threads, dx, steps * features, |sample, dx| {
        let dy = &dy[sample * features..][..features];
        let mask = &mask[sample * steps..][..steps];
        let count = each::sum(mask);
        for (dx, valid) in dx.chunks_exact_mut(features).zip(mask) {
            let share = if *valid == T::zero() { T::zero() } else { T::one() / count };
            dx.iter_mut().zip(dy).for_each(|(dx, dy)| each::put(write, dx, *dy * share));
        }
    });
}

/// The mean of each channel.
pub(super) fn average<T: Real>(pass: &Pass<'_>, x: &View<'_, T>, y: &mut ViewMut<'_, T>) {
    let (size, channels) = (x.shape().size(), x.last());
    let share = T::of(channels as f64 / size as f64);
    each::parts_of(pass.threads, y.data, channels, size, |sample, y| {
        reduce::sum_rows(pass.threads, &x.data()[sample * size..][..size], y, Write::Overwrite);
        y.iter_mut().for_each(|y| *y *= share);
    });
}

/// Every place has an equal share of the gradient.
pub(super) fn average_backward<T: Real>(pass: &Pass<'_>, step: Backward<'_, '_, T>) {
    let (x, dy) = (&step.x[0], step.dy[0].data());
    let (size, channels) = (x.shape().size(), x.last());
    let share = T::of(channels as f64 / size as f64);
    let Some((dx, write)) = step.dx[0].target() else { return };
    each::parts(pass.threads, dx, size, |sample, dx| {
        let dy = &dy[sample * channels..][..channels];
        match write {
            Write::Overwrite => {
                dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = *dy * share);
                // Short rows are copied many at once.
                let mut done = channels;
                while done < size {
                    let len = done.min(size - done);
                    dx.copy_within(..len, done);
                    done += len;
                }
            }
            Write::Add => {
                for dx in dx.chunks_exact_mut(channels) {
                    dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += *dy * share);
                }
            }
        }
    });
}

/// The largest value of each channel.
pub(super) fn max<T: Real>(pass: &Pass<'_>, x: &View<'_, T>, y: &mut ViewMut<'_, T>) {
    let (size, channels) = (x.shape().size(), x.last());
    each::parts_of(pass.threads, y.data, channels, size, |sample, y| {
        y.fill(T::neg_infinity());
        for x in x.data()[sample * size..][..size].chunks_exact(channels) {
            for (y, x) in y.iter_mut().zip(x) {
                // NaN wins, and nothing wins over NaN.
                *y = if *x > *y || x.is_nan() { *x } else { *y };
            }
        }
    });
}

/// Notes for each output the first place that has its value.
pub(super) fn note<T: Real>(pass: &Pass<'_>, x: &View<'_, T>, y: &[T], work: &mut Work) {
    let (size, channels) = (x.shape().size(), x.last());
    let winners = &mut work.of::<Winners>().places;
    winners.resize(y.len(), 0);
    each::parts_of(pass.threads, winners, channels, size, |sample, winners| {
        let y = &y[sample * channels..][..channels];
        let x = &x.data()[sample * size..][..size];
        for (place, x) in x.chunks_exact(channels).enumerate().rev() {
            for (winner, (x, y)) in winners.iter_mut().zip(x.iter().zip(y)) {
                *winner = if *x == *y { place as u32 } else { *winner };
            }
        }
    });
}

/// The place that won has all of the gradient.
pub(super) fn max_backward<T: Real>(pass: &Pass<'_>, step: Backward<'_, '_, T>, work: &mut Work) {
    let dy = step.dy[0].data();
    let (size, channels) = (step.x[0].shape().size(), step.x[0].last());
    let winners = &work.of::<Winners>().places;
    let Some((dx, write)) = step.dx[0].target() else { return };
    each::parts(pass.threads, dx, size, |sample, dx| {
        if write == Write::Overwrite {
            dx.fill(T::zero());
        }
        for channel in 0..channels {
            let at = sample * channels + channel;
            if let Some(dx) = dx.get_mut(winners[at] as usize * channels + channel) {
                *dx += dy[at];
            }
        }
    });
}

/// The kernel of a global pooling that averages over so many axes, without a mask.
macro_rules! average_kernel {
    ($layer:ident, $rank:literal) => {
        super::plain::kernel!(
            $layer, |layer, pass, work|
            infer(x, y) => super::global_pooling::average(pass, &x[0], &mut y[0]),
            backward(step) => super::global_pooling::average_backward(pass, step),
        );
        super::global_pooling::cases!($layer, $rank);
    };
}

/// The kernel of a global pooling that takes the largest over so many axes.
macro_rules! max_kernel {
    ($layer:ident, $rank:literal) => {
        super::plain::kernel!(
            $layer, |layer, pass, work|
            infer(x, y) => super::global_pooling::max(pass, &x[0], &mut y[0]),
            train => {
                super::global_pooling::max(pass, &x[0], &mut y[0]);
                super::global_pooling::note(pass, &x[0], y[0].data, work);
            },
            backward(step) => super::global_pooling::max_backward(pass, step, work),
        );
        super::global_pooling::cases!($layer, $rank);
    };
}

macro_rules! cases {
    ($layer:ident, $rank:literal) => {
        #[cfg(test)]
        use formwork_shape::layers::$layer;

        #[cfg(test)]
        super::conformance::cases!($layer: (shape($rank + 1..$rank + 2), any::<bool>()) => |(input, keepdims)| {
            Case::new($layer { keepdims, ..$layer::TEMPLATE }, [input])
        });
    };
}

pub(super) use {average_kernel, cases, max_kernel};
