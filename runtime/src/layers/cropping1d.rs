use formwork_shape::Shape;
use formwork_shape::layers::Cropping1D;

use super::frame::Frame;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Cropping1D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let frame = frame(self, y[0].shape(), x[0].shape());
        frame.cut(pass.threads, x[0].data(), (y[0].data, Write::Overwrite));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        frame(self, step.dy[0].shape(), step.x[0].shape()).paste(pass.threads, step.dy[0].data(), target);
    }
}

fn frame(layer: &Cropping1D, small: &Shape, large: &Shape) -> Frame {
    // One row: the steps and their features lie together.
    Frame { small: [1, 1, small.size()], large: [1, 1, large.size()], at: [0, 0, layer.cropping[0] * small.last()] }
}

#[cfg(test)]
super::conformance::cases!(Cropping1D: (shape(2..3), 0..3usize, 0..3usize) => |(input, before, after)| {
    Case::new(Cropping1D { cropping: [before, after] }, [input])
});
