use formwork_shape::Shape;
use formwork_shape::layers::ZeroPadding1D;

use super::frame::Frame;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for ZeroPadding1D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let frame = frame(self, x[0].shape(), y[0].shape());
        frame.paste(pass.threads, x[0].data(), (y[0].data, Write::Overwrite));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        frame(self, step.x[0].shape(), step.dy[0].shape()).cut(pass.threads, step.dy[0].data(), target);
    }
}

fn frame(layer: &ZeroPadding1D, small: &Shape, large: &Shape) -> Frame {
    // One row: the steps and their features lie together.
    Frame { small: [1, 1, small.size()], large: [1, 1, large.size()], at: [0, 0, layer.padding[0] * small.last()] }
}

#[cfg(test)]
super::conformance::cases!(ZeroPadding1D: (shape(2..3), 0..3usize, 0..3usize) => |(input, before, after)| {
    Case::new(ZeroPadding1D { padding: [before, after], ..ZeroPadding1D::TEMPLATE }, [input])
});
