use formwork_shape::Shape;
use formwork_shape::layers::Cropping3D;

use super::frame::Frame;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Cropping3D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let frame = frame(self, y[0].shape(), x[0].shape());
        frame.cut(pass.threads, x[0].data(), (y[0].data, Write::Overwrite));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        frame(self, step.dy[0].shape(), step.x[0].shape()).paste(pass.threads, step.dy[0].data(), target);
    }
}

fn frame(layer: &Cropping3D, small: &Shape, large: &Shape) -> Frame {
    let [[front, _], [top, _], [left, _]] = layer.cropping;
    Frame {
        small: [small.dim(0), small.dim(1), small.dim(2) * small.last()],
        large: [large.dim(0), large.dim(1), large.dim(2) * large.last()],
        at: [front, top, left * small.last()],
    }
}

#[cfg(test)]
super::conformance::cases!(Cropping3D: (shape(4..5), [0..2usize, 0..2usize, 0..2usize, 0..3usize, 0..2usize, 0..2usize]) => |(input, sides)| {
    let [front, back, top, bottom, left, right] = sides;
    Case::new(Cropping3D { cropping: [[front, back], [top, bottom], [left, right]], ..Cropping3D::TEMPLATE }, [input])
});
