use formwork_shape::layers::GlobalAveragePooling1D;

use super::global_pooling;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut, unmasked};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for GlobalAveragePooling1D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        match unmasked(x) {
            (_, Some(mask)) => global_pooling::masked_average(pass, &x[0], mask, &mut y[0]),
            _ => global_pooling::average(pass, &x[0], &mut y[0]),
        }
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        match unmasked(step.x) {
            (_, Some(mask)) => global_pooling::masked_average_backward(pass, step, mask),
            _ => global_pooling::average_backward(pass, step),
        }
    }
}

#[cfg(test)]
super::conformance::cases!(GlobalAveragePooling1D: (shape(2..3), any::<bool>(), any::<bool>()) => |(input, keepdims, masked)| {
    Case::new(GlobalAveragePooling1D { keepdims, ..GlobalAveragePooling1D::TEMPLATE }, [input]).masked(masked)
});
