use formwork_shape::Regularizer;
use formwork_shape::layers::ActivityRegularization;

use super::each;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;
use crate::{Real, penalty};

impl<T: Real> Kernel<T> for ActivityRegularization {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        each::copy(pass.threads, y[0].data, x[0].data());
        let regularizer = Regularizer::L1L2 { l1: self.l1, l2: self.l2 };
        let sum = penalty::penalty(regularizer, x[0].data(), 1, None);
        penalty::add_activity(sum / pass.batch.max(1) as f64);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let count = pass.batch.max(1) as f64 / penalty::scale();
        let (l1, l2) = (T::of(self.l1 / count), T::of(2.0 * self.l2 / count));
        each::zip(pass.threads, write, dx, step.x[0].data(), step.dy[0].data(), |x, dy| {
            let sign = if x == T::zero() { T::zero() } else { x.signum() };
            dy + l1 * sign + l2 * x
        });
    }
}

// The penalty is no output, so that finite differences see it only in whole models.
#[cfg(test)]
super::conformance::cases!(ActivityRegularization: shape(1..4) => |input| {
    Case::new(ActivityRegularization { l1: 0.0, l2: 0.0 }, [input])
});
