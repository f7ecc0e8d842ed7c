use formwork_shape::layers::GlobalMaxPooling1D;

use super::global_pooling;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for GlobalMaxPooling1D {
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
super::conformance::cases!(GlobalMaxPooling1D: (shape(2..3), any::<bool>()) => |(input, keepdims)| {
    Case::new(GlobalMaxPooling1D { keepdims, ..GlobalMaxPooling1D::TEMPLATE }, [input])
});
