use formwork_shape::layers::UpSampling2D;
use formwork_shape::{Interpolation, Shape};

use super::enlarge::Enlarge;
use super::resample::{Resample, Window};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for UpSampling2D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        if self.interpolation == Interpolation::Nearest {
            return enlarge(self, x[0].shape()).forward(pass.threads, x[0].data(), y[0].data);
        }
        let (images, how) = ((x[0].data(), x[0].last(), T::zero()), (self.interpolation, false));
        work.of::<Resample<T>>().forward(pass, windows(self, x[0].shape()), how, images, y[0].data);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        let (dy, shape) = (step.dy[0].data(), step.x[0].shape());
        if self.interpolation == Interpolation::Nearest {
            return enlarge(self, shape).backward(pass.threads, dy, target);
        }
        let how = (self.interpolation, false);
        work.of::<Resample<T>>().backward(pass, windows(self, shape), how, (dy, shape.last()), target);
    }
}

fn enlarge(layer: &UpSampling2D, x: &Shape) -> Enlarge {
    Enlarge { dims: [1, x.dim(0), x.dim(1), x.dim(2)], size: [1, layer.size[0], layer.size[1]] }
}

fn windows(layer: &UpSampling2D, x: &Shape) -> [Window; 2] {
    std::array::from_fn(|axis| Window::whole(x.dim(axis), layer.size[axis] * x.dim(axis)))
}

#[cfg(test)]
super::conformance::cases!(UpSampling2D: (shape(3..4), [1..4usize, 1..4usize], 0..5usize) => |(input, size, interpolation)| {
    let all = [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic, Interpolation::Lanczos3, Interpolation::Lanczos5];
    Case::new(UpSampling2D { size, interpolation: all[interpolation], ..UpSampling2D::TEMPLATE }, [input])
});
