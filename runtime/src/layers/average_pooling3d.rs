use formwork_shape::layers::AveragePooling3D;

use super::pooling::settings;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for AveragePooling3D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        settings!(self).average(pass, &x[0], &mut y[0]);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        settings!(self).average_backward(pass, step);
    }
}

#[cfg(test)]
super::conformance::cases!(AveragePooling3D: (image(3), window(3), any::<bool>()) => |(input, window, apart)| {
    let (pool_size, strides, _, padding) = window.settings::<3>(false);
    let strides = apart.then_some(strides);
    Case::new(AveragePooling3D { pool_size, strides, padding, ..AveragePooling3D::TEMPLATE }, [input])
});
