use formwork_shape::layers::GaussianDropout;

use super::each;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// What the last training step multiplied the values by.
#[derive(Default)]
struct Factors<T> {
    factors: Buffer<T>,
}

impl<T: Real> Kernel<T> for GaussianDropout {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        each::copy(pass.threads, y[0].data, x[0].data());
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let mut random = work.random(pass, self.seed);
        let stddev = pass.randomly((self.rate / (1.0 - self.rate)).sqrt());
        let factors = work.of::<Factors<T>>().factors.take(x[0].data().len());
        random.normals(factors, |draw| T::of(1.0 + stddev * draw));
        each::zip(pass.threads, Write::Overwrite, y[0].data, x[0].data(), factors, |x, factor| factor * x);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let dy = step.dy[0].data();
        each::zip(pass.threads, write, dx, dy, work.of::<Factors<T>>().factors.get(dy.len()), |dy, factor| factor * dy);
    }
}

#[cfg(test)]
super::conformance::cases!(GaussianDropout: (shape(1..4), 0.0..0.5) => |(input, rate)| Case::new(GaussianDropout { rate, ..GaussianDropout::TEMPLATE }, [input]));
