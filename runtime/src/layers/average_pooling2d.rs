use formwork_shape::layers::AveragePooling2D;

use super::pooling::settings;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for AveragePooling2D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        settings!(self).average(pass, &x[0], &mut y[0]);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        settings!(self).average_backward(pass, step);
    }
}

#[cfg(test)]
super::conformance::cases!(AveragePooling2D: (image(2), window(2), any::<bool>()) => |(input, window, apart)| {
    let (pool_size, strides, _, padding) = window.settings::<2>(false);
    let strides = apart.then_some(strides);
    Case::new(AveragePooling2D { pool_size, strides, padding, ..AveragePooling2D::TEMPLATE }, [input])
});
