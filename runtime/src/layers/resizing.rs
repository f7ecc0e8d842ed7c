use formwork_shape::Shape;
use formwork_shape::layers::Resizing;

use super::resample::{Resample, Window};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Resizing {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let images = (x[0].data(), x[0].last(), T::of(self.fill_value));
        let how = (self.interpolation, self.antialias);
        work.of::<Resample<T>>().forward(pass, windows(self, x[0].shape()), how, images, y[0].data);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        let (dy, how) = ((step.dy[0].data(), step.dy[0].last()), (self.interpolation, self.antialias));
        work.of::<Resample<T>>().backward(pass, windows(self, step.x[0].shape()), how, dy, target);
    }
}

fn windows(layer: &Resizing, x: &Shape) -> [Window; 2] {
    let (dims, out) = ([x.dim(0), x.dim(1)], [layer.height, layer.width]);
    match (layer.crop_to_aspect_ratio, layer.pad_to_aspect_ratio) {
        (true, _) => Window::cropped(dims, out),
        (_, true) => Window::padded(dims, out),
        _ => std::array::from_fn(|axis| Window::whole(dims[axis], out[axis])),
    }
}

#[cfg(test)]
super::conformance::cases!(Resizing: (image(2), [1..9usize, 1..9usize], 0..5usize, 0..3usize, any::<bool>()) => |(input, [height, width], interpolation, ratio, antialias)| {
    use formwork_shape::Interpolation;
    let all = [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic, Interpolation::Lanczos3, Interpolation::Lanczos5];
    let layer = Resizing {
        height,
        width,
        interpolation: all[interpolation],
        crop_to_aspect_ratio: ratio == 1,
        pad_to_aspect_ratio: ratio == 2,
        antialias,
        ..Resizing::TEMPLATE
    };
    Case::new(layer, [input])
});
