use formwork_shape::layers::Clip;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Clip {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (low, high) = (T::of(self.x_min), T::of(self.x_max));
        // Comparisons, not max and min, so that NaN stays.
        each::map(pass.threads, Write::Overwrite, y[0].data, x[0].data(), |x| {
            if x < low {
                low
            } else if x > high {
                high
            } else {
                x
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let (low, high) = (T::of(self.x_min), T::of(self.x_max));
        each::zip(pass.threads, write, dx, step.x[0].data(), step.dy[0].data(), |x, dy| {
            if x < low || x > high { T::zero() } else { dy }
        });
    }
}

#[cfg(test)]
super::conformance::cases!(Clip: (shape(1..5), -2.0..0.0, 0.0..2.0) => |(input, x_min, x_max)| {
    Case::new(Clip { x_min, x_max }, [input])
});
