use formwork_shape::Shape;
use formwork_shape::layers::ZeroPadding2D;

use super::frame::Frame;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for ZeroPadding2D {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let frame = frame(self, x[0].shape(), y[0].shape());
        frame.paste(pass.threads, x[0].data(), (y[0].data, Write::Overwrite));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        frame(self, step.x[0].shape(), step.dy[0].shape()).cut(pass.threads, step.dy[0].data(), target);
    }
}

fn frame(layer: &ZeroPadding2D, small: &Shape, large: &Shape) -> Frame {
    let [[top, _], [left, _]] = layer.padding;
    Frame {
        small: [1, small.dim(0), small.dim(1) * small.last()],
        large: [1, large.dim(0), large.dim(1) * large.last()],
        at: [0, top, left * small.last()],
    }
}

#[cfg(test)]
super::conformance::cases!(ZeroPadding2D: (shape(3..4), [0..3usize, 0..3usize, 0..2usize, 0..3usize]) => |(input, [top, bottom, left, right])| {
    Case::new(ZeroPadding2D { padding: [[top, bottom], [left, right]], ..ZeroPadding2D::TEMPLATE }, [input])
});
