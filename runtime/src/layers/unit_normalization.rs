use formwork_shape::layers::UnitNormalization;

use super::norm::Order;
use super::unit;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for UnitNormalization {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let order = Order::new(self.axis.as_slice(), x[0].shape());
        order.forward(pass.threads, &x[0], y[0].data, work.of(), |x, y| {
            unit::forward(pass.threads, x, y, (order.run, 1));
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let order = Order::new(self.axis.as_slice(), step.x[0].shape());
        let Some(dx) = step.dx[0].target() else { return };
        order.backward(pass.threads, (&step.x[0], &step.dy[0]), Some(dx), work.of(), |(x, dy), dx| {
            if let Some(dx) = dx {
                unit::backward(pass.threads, x, dy, dx, (order.run, 1));
            }
        });
    }
}

#[cfg(test)]
super::conformance::cases!(UnitNormalization: some_axes(1..4) => |(input, axis)| Case::new(UnitNormalization { axis }, [input]));
