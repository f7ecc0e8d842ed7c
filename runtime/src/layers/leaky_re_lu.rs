use formwork_shape::layers::LeakyReLU;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for LeakyReLU {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let slope = T::of(self.negative_slope);
        each::map(
            pass.threads,
            Write::Overwrite,
            y[0].data,
            x[0].data(),
            |x| if x > T::zero() { x } else { slope * x },
        );
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let slope = T::of(self.negative_slope);
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::zip(pass.threads, write, dx, step.x[0].data(), step.dy[0].data(), |x, dy| {
            if x > T::zero() { dy } else { slope * dy }
        });
    }
}

#[cfg(test)]
super::conformance::cases!(LeakyReLU: (shape(1..4), 0.0..1.0) => |(input, negative_slope)| Case::new(LeakyReLU { negative_slope }, [input]));
