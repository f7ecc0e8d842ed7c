use formwork_shape::layers::AdaptiveAveragePooling3D;

use super::adaptive;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for AdaptiveAveragePooling3D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        adaptive::average(pass, &x[0], &mut y[0]);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        adaptive::average_backward(pass, step);
    }
}

#[cfg(test)]
super::conformance::cases!(AdaptiveAveragePooling3D: (image(3), [(); 3].map(|()| 1..5usize)) => |(input, output_size)| {
    Case::new(AdaptiveAveragePooling3D { output_size, ..AdaptiveAveragePooling3D::TEMPLATE }, [input])
});
