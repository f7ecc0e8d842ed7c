use formwork_shape::layers::Affine;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Affine {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (scale, offset) = (T::of(self.scale), T::of(self.offset));
        each::map(pass.threads, Write::Overwrite, y[0].data, x[0].data(), |x| scale * x + offset);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let scale = T::of(self.scale);
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::map(pass.threads, write, dx, step.dy[0].data(), |dy| scale * dy);
    }
}

#[cfg(test)]
super::conformance::cases!(Affine: (shape(1..4), -2.0..2.0, -2.0..2.0) => |(input, scale, offset)| Case::new(Affine { scale, offset }, [input]));
