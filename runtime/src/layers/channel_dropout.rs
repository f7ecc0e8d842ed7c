//! Dropout of whole channels.

use super::each;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};

/// What the last training step multiplied each channel of each sample by: 0, or what makes up for the dropped ones.
#[derive(Default)]
struct Factors<T> {
    factors: Buffer<T>,
}

pub(super) fn train<T: Real>(
    (rate, seed): (f64, Option<usize>),
    pass: &Pass<'_>,
    x: &View<'_, T>,
    y: &mut ViewMut<'_, T>,
    work: &mut Work,
) {
    let mut random = work.random(pass, seed);
    let rate = pass.randomly(rate);
    let keep = T::of(1.0 / (1.0 - rate));
    let factors = work.of::<Factors<T>>().factors.take(x.batch() * x.last());
    random.units(factors, |draw| if draw < rate { T::zero() } else { keep });
    let size = x.shape().size();
    scale(pass, x.data(), (y.data, Write::Overwrite), factors, size, x.last());
}

pub(super) fn backward<T: Real>(pass: &Pass<'_>, step: Backward<'_, '_, T>, work: &mut Work) {
    let Some(target) = step.dx[0].target() else { return };
    let dy = &step.dy[0];
    let factors = work.of::<Factors<T>>().factors.get(dy.batch() * dy.last());
    scale(pass, dy.data(), target, factors, dy.shape().size(), dy.last());
}

/// Each sample times its factors, a factor a channel.
fn scale<T: Real>(
    pass: &Pass<'_>,
    from: &[T],
    (to, write): (&mut [T], Write),
    factors: &[T],
    size: usize,
    channels: usize,
) {
    each::parts(pass.threads, to, size, |sample, to| {
        let factors = &factors[sample * channels..][..channels];
        let from = &from[sample * size..][..size];
        for (to, from) in to.chunks_exact_mut(channels).zip(from.chunks_exact(channels)) {
            for k in 0..channels {
                each::put(write, &mut to[k], factors[k] * from[k]);
            }
        }
    });
}

/// The kernel of a dropout of channels over so many axes.
macro_rules! kernel {
    ($layer:ident, $rank:literal) => {
        super::plain::kernel!(
            $layer, |layer, pass, work|
            infer(x, y) => super::each::copy(pass.threads, y[0].data, x[0].data()),
            train => super::channel_dropout::train((layer.rate, layer.seed), pass, &x[0], &mut y[0], work),
            backward(step) => super::channel_dropout::backward(pass, step, work),
        );

        #[cfg(test)]
        use formwork_shape::layers::$layer;

        #[cfg(test)]
        super::conformance::cases!($layer: (shape($rank + 1..$rank + 2), 0.0..0.8) => |(input, rate)| {
            Case::new($layer { rate, ..$layer::TEMPLATE }, [input])
        });
    };
}

pub(super) use kernel;
