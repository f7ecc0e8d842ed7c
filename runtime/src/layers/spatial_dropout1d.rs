use formwork_shape::layers::SpatialDropout1D;

use super::channel_dropout;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for SpatialDropout1D {
    fn infer(&self, _: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        y[0].data.copy_from_slice(x[0].data());
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        channel_dropout::train((self.rate, self.seed), pass, &x[0], &mut y[0], work);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        channel_dropout::backward(pass, step, work);
    }
}

#[cfg(test)]
super::conformance::cases!(SpatialDropout1D: (shape(2..3), 0.0..0.8) => |(input, rate)| Case::new(SpatialDropout1D { rate, ..SpatialDropout1D::TEMPLATE }, [input]));
