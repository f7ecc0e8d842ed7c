use formwork_shape::layers::GaussianNoise;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for GaussianNoise {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        each::copy(pass.threads, y[0].data, x[0].data());
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let mut random = work.random(pass, self.seed);
        let stddev = pass.randomly(self.stddev);
        random.normals(y[0].data, |draw| T::of(stddev * draw));
        each::map(pass.threads, Write::Add, y[0].data, x[0].data(), |x| x);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::map(pass.threads, write, dx, step.dy[0].data(), |dy| dy);
    }
}

#[cfg(test)]
super::conformance::cases!(GaussianNoise: (shape(1..4), 0.0..0.5) => |(input, stddev)| Case::new(GaussianNoise { stddev, ..GaussianNoise::TEMPLATE }, [input]));
