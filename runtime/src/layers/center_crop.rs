use formwork_shape::layers::CenterCrop;
use formwork_shape::{Interpolation, Shape};

use super::resample::{Resample, Window};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// With windows as large as the output, a straight line between neighbours is a copy.
const HOW: (Interpolation, bool) = (Interpolation::Bilinear, false);

impl<T: Real> Kernel<T> for CenterCrop {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let images = (x[0].data(), x[0].last(), T::zero());
        let windows = middle([self.height, self.width], x[0].shape());
        work.of::<Resample<T>>().forward(pass, windows, HOW, images, y[0].data);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        let windows = middle([self.height, self.width], step.x[0].shape());
        work.of::<Resample<T>>().backward(pass, windows, HOW, (step.dy[0].data(), step.dy[0].last()), target);
    }
}

/// The part of an image that becomes one of this size.
pub(super) fn middle(out: [usize; 2], x: &Shape) -> [Window; 2] {
    let dims = [x.dim(0), x.dim(1)];
    if dims[0] < out[0] || dims[1] < out[1] {
        return Window::cropped(dims, out);
    }
    std::array::from_fn(|axis| {
        let start = (dims[axis] - out[axis]) / 2;
        Window { len: dims[axis], start: start as isize, size: out[axis], out: out[axis] }
    })
}

#[cfg(test)]
super::conformance::cases!(CenterCrop: (image(2), [1..7usize, 1..7usize]) => |(input, [height, width])| {
    Case::new(CenterCrop { height, width, ..CenterCrop::TEMPLATE }, [input])
});
