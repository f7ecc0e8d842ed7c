use formwork_shape::layers::UpSampling2D;
use formwork_shape::{Interpolation, Shape};

use super::enlarge::Enlarge;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for UpSampling2D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        enlarge(self, x[0].shape()).forward(pass.threads, x[0].data(), y[0].data);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        enlarge(self, step.x[0].shape()).backward(pass.threads, step.dy[0].data(), target);
    }
}

fn enlarge(layer: &UpSampling2D, x: &Shape) -> Enlarge {
    let smooth = layer.interpolation == Interpolation::Bilinear;
    Enlarge { dims: [x.dim(0), x.dim(1), x.dim(2)], size: layer.size, smooth }
}

#[cfg(test)]
super::conformance::cases!(UpSampling2D: (shape(3..4), [1..4usize, 1..4usize], any::<bool>()) => |(input, size, smooth)| {
    let interpolation = if smooth { Interpolation::Bilinear } else { Interpolation::Nearest };
    Case::new(UpSampling2D { size, interpolation, ..UpSampling2D::TEMPLATE }, [input])
});
