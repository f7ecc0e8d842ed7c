use formwork_shape::Shape;
use formwork_shape::layers::UpSampling1D;

use super::enlarge::Enlarge;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for UpSampling1D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        enlarge(self, x[0].shape()).forward(pass.threads, x[0].data(), y[0].data);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        enlarge(self, step.x[0].shape()).backward(pass.threads, step.dy[0].data(), target);
    }
}

fn enlarge(layer: &UpSampling1D, x: &Shape) -> Enlarge {
    Enlarge { dims: [1, 1, x.dim(0), x.dim(1)], size: [1, 1, layer.size] }
}

#[cfg(test)]
super::conformance::cases!(UpSampling1D: (shape(2..3), 1..4usize) => |(input, size)| Case::new(UpSampling1D { size }, [input]));
