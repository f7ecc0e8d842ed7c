use formwork_shape::layers::UnitNormalization;

use super::{each, unit};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for UnitNormalization {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (_, n, inner) = each::around(x[0].shape(), each::axis(self.axis, x[0].shape().rank()));
        unit::forward(pass.threads, x[0].data(), y[0].data, (n, inner));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        let (_, n, inner) = each::around(step.x[0].shape(), each::axis(self.axis, step.x[0].shape().rank()));
        unit::backward(pass.threads, step.x[0].data(), step.dy[0].data(), target, (n, inner));
    }
}

#[cfg(test)]
super::conformance::cases!(UnitNormalization: axes(1..4) => |(input, axis)| Case::new(UnitNormalization { axis }, [input]));
