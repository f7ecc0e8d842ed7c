use formwork_shape::layers::GlobalMaxPooling2D;

use super::global_pooling;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for GlobalMaxPooling2D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        global_pooling::max(pass, &x[0], &mut y[0]);
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        global_pooling::max(pass, &x[0], &mut y[0]);
        global_pooling::note(pass, &x[0], y[0].data, work);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        global_pooling::max_backward(pass, step, work);
    }
}

#[cfg(test)]
super::conformance::cases!(GlobalMaxPooling2D: (shape(3..4), any::<bool>()) => |(input, keepdims)| {
    Case::new(GlobalMaxPooling2D { keepdims, ..GlobalMaxPooling2D::TEMPLATE }, [input])
});
