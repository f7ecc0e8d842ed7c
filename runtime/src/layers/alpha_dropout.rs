use formwork_shape::layers::AlphaDropout;

use super::{each, noise};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// What selu tends to far below 0: minus its scale times its alpha.
const LEAST: f64 = -1.758_099_340_847_376_5;

/// What the last training step multiplied the values by.
#[derive(Default)]
struct Factors<T> {
    factors: Buffer<T>,
}

impl<T: Real> Kernel<T> for AlphaDropout {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        each::copy(pass.threads, y[0].data, x[0].data());
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let mut random = work.random(pass, self.seed);
        let rate = pass.randomly(self.rate);
        let scale = ((1.0 - rate) * (1.0 + rate * LEAST * LEAST)).sqrt().recip();
        let (kept, shift, dropped) = (T::of(scale), T::of(-scale * LEAST * rate), T::of(scale * LEAST));
        let factors = work.of::<Factors<T>>().factors.take(x[0].data().len());
        let form = (pass.batch, x[0].shape());
        let value = |draw| if draw < rate { T::zero() } else { kept };
        noise::fill(self.noise_shape.as_ref(), form, factors, &mut random, value);
        each::zip(pass.threads, Write::Overwrite, y[0].data, x[0].data(), factors, |x, factor| {
            shift + if factor == T::zero() { dropped } else { factor * x }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let dy = step.dy[0].data();
        each::zip(pass.threads, write, dx, dy, work.of::<Factors<T>>().factors.get(dy.len()), |dy, factor| factor * dy);
    }
}

#[cfg(test)]
super::conformance::cases!(AlphaDropout: (shape(1..4), 0.0..0.9, noise_shape()) => |(input, rate, noise)| {
    Case::new(AlphaDropout { rate, noise_shape: noise.map(|shared| noise_of(&input, shared)), ..AlphaDropout::TEMPLATE }, [input])
});
