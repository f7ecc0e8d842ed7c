use formwork_shape::layers::ELU;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for ELU {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let alpha = T::of(self.alpha);
        each::map(pass.threads, Write::Overwrite, y[0].data, x[0].data(), |x| {
            if x > T::zero() { x } else { alpha * x.exp_m1() }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let alpha = T::of(self.alpha);
        let Some((dx, write)) = step.dx[0].target() else { return };
        // Below 0, dy/dx = alpha eˣ = y + alpha.
        each::zip(pass.threads, write, dx, step.y[0].data(), step.dy[0].data(), |y, dy| {
            if y > T::zero() { dy } else { (y + alpha) * dy }
        });
    }
}

#[cfg(test)]
super::conformance::cases!(ELU: (shape(1..4), 0.0..2.0) => |(input, alpha)| Case::new(ELU { alpha }, [input]));
