use formwork_shape::Shape;
use formwork_shape::layers::MaxPooling1D;

use super::pooling::settings;
use crate::Real;
use crate::kernel::{Backward, Kernel, MaxPool, Pass, Work};
use crate::kernels::window::Window;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for MaxPooling1D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        settings!(self).max(pass, &x[0], &mut y[0]);
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        settings!(self).max_noted(pass, &x[0], &mut y[0], work);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        settings!(self).max_backward(pass, step, work);
    }
}

impl MaxPool for MaxPooling1D {
    fn window(&self, batch: usize, x: &Shape, y: &Shape) -> Window {
        settings!(self).window(batch, x, y)
    }
}

#[cfg(test)]
super::conformance::cases!(MaxPooling1D: (image(1), window(1), any::<bool>()) => |(input, window, apart)| {
    let (pool_size, strides, _, padding) = window.settings::<1>(false);
    let strides = apart.then_some(strides);
    Case::new(MaxPooling1D { pool_size, strides, padding, ..MaxPooling1D::TEMPLATE }, [input])
});
