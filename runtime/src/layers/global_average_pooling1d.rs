use formwork_shape::layers::GlobalAveragePooling1D;

use super::global_pooling;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for GlobalAveragePooling1D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        global_pooling::average(pass, &x[0], &mut y[0]);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        global_pooling::average_backward(pass, step);
    }
}

#[cfg(test)]
super::conformance::cases!(GlobalAveragePooling1D: (shape(2..3), any::<bool>()) => |(input, keepdims)| {
    Case::new(GlobalAveragePooling1D { keepdims, ..GlobalAveragePooling1D::TEMPLATE }, [input])
});
