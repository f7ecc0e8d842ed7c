use formwork_shape::layers::AdaptiveMaxPooling2D;

use super::adaptive;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for AdaptiveMaxPooling2D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        adaptive::max(pass, &x[0], &mut y[0]);
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        adaptive::max(pass, &x[0], &mut y[0]);
        adaptive::note(pass, &x[0], &y[0], work);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        adaptive::max_backward(pass, step, work);
    }
}

#[cfg(test)]
super::conformance::cases!(AdaptiveMaxPooling2D: (image(2), [(); 2].map(|()| 1..5usize)) => |(input, output_size)| {
    Case::new(AdaptiveMaxPooling2D { output_size, ..AdaptiveMaxPooling2D::TEMPLATE }, [input])
});
