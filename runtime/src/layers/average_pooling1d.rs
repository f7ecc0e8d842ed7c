use formwork_shape::layers::AveragePooling1D;

use super::pooling::settings;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for AveragePooling1D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        settings!(self).average(pass, &x[0], &mut y[0]);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        settings!(self).average_backward(pass, step);
    }
}

#[cfg(test)]
super::conformance::cases!(AveragePooling1D: (image(1), window(1), any::<bool>()) => |(input, window, apart)| {
    let (pool_size, strides, _, padding) = window.settings::<1>(false);
    let strides = apart.then_some(strides);
    Case::new(AveragePooling1D { pool_size, strides, padding, ..AveragePooling1D::TEMPLATE }, [input])
});
