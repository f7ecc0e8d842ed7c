use formwork_shape::layers::RandomCrop;
use formwork_shape::{Interpolation, Shape};

use super::center_crop::middle;
use super::resample::{Resample, Window};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// With windows as large as the output, a straight line between neighbours is a copy.
const HOW: (Interpolation, bool) = (Interpolation::Bilinear, false);

/// Where a batch is cropped; in its middle without random numbers.
fn windows(layer: &RandomCrop, x: &Shape, random: Option<Random>) -> [Window; 2] {
    let mut windows = middle([layer.height, layer.width], x);
    if let Some(mut random) = random {
        for window in windows.iter_mut().filter(|window| window.size == window.out) {
            let places = window.len - window.size + 1;
            window.start = (random.unit() * places as f64) as isize;
        }
    }
    windows
}

/// The random numbers of a step, if there are any.
fn drawn(layer: &RandomCrop, pass: &Pass<'_>, work: &Work) -> Option<Random> {
    (!pass.inference).then(|| work.random(pass, layer.seed))
}

impl<T: Real> Kernel<T> for RandomCrop {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let images = (x[0].data(), x[0].last(), T::zero());
        work.of::<Resample<T>>().forward(pass, windows(self, x[0].shape(), None), HOW, images, y[0].data);
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let windows = windows(self, x[0].shape(), drawn(self, pass, work));
        let images = (x[0].data(), x[0].last(), T::zero());
        work.of::<Resample<T>>().forward(pass, windows, HOW, images, y[0].data);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        let windows = windows(self, step.x[0].shape(), drawn(self, pass, work));
        work.of::<Resample<T>>().backward(pass, windows, HOW, (step.dy[0].data(), step.dy[0].last()), target);
    }
}

#[cfg(test)]
super::conformance::cases!(RandomCrop: (image(2), [1..7usize, 1..7usize]) => |(input, [height, width])| {
    Case::new(RandomCrop { height, width, ..RandomCrop::TEMPLATE }, [input])
});
