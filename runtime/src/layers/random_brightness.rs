use formwork_shape::layers::RandomBrightness;

use super::each;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// What was added to each image in the last training step.
#[derive(Default)]
struct Added<T> {
    added: Buffer<T>,
}

impl<T: Real> Kernel<T> for RandomBrightness {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        each::copy(pass.threads, y[0].data, x[0].data());
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let mut random = work.random(pass, self.seed);
        let [low, high] = self.factor.limits();
        let range = self.value_range.as_slice();
        let width = pass.randomly(range[1] - range[0]);
        let added = work.of::<Added<T>>().added.take(pass.batch);
        added.fill_with(|| T::of(width * random.uniform(low, high)));
        let (added, [least, most]) = (&*added, limits(self, pass));
        each::parts(pass.threads, y[0].data, x[0].shape().size().max(1), |sample, y| {
            let x = &x[0].data()[sample * y.len()..][..y.len()];
            y.iter_mut().zip(x).for_each(|(y, x)| *y = (*x + added[sample]).max(least).min(most));
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let added = work.of::<Added<T>>().added.get(pass.batch);
        let [least, most] = limits(self, pass);
        each::parts(pass.threads, dx, step.x[0].shape().size().max(1), |sample, dx| {
            let at = sample * dx.len();
            let (x, dy) = (&step.x[0].data()[at..], &step.dy[0].data()[at..]);
            for (dx, (x, dy)) in dx.iter_mut().zip(x.iter().zip(dy)) {
                let y = *x + added[sample];
                each::put(write, dx, if y >= least && y <= most { *dy } else { T::zero() });
            }
        });
    }
}

/// Between which values an image is clipped; inference leaves it as it is.
fn limits<T: Real>(layer: &RandomBrightness, pass: &Pass<'_>) -> [T; 2] {
    let range = layer.value_range.as_slice();
    if pass.inference { [T::neg_infinity(), T::infinity()] } else { [T::of(range[0]), T::of(range[1])] }
}

#[cfg(test)]
super::conformance::cases!(RandomBrightness: (image(2), 0.0..0.3, any::<bool>()) => |(input, factor, narrow)| {
    let limit = if narrow { 0.7 } else { 9.0 };
    let value_range = formwork_shape::Numbers::of(&[-limit, limit]);
    Case::new(RandomBrightness { factor: formwork_shape::Factor::Around(factor), value_range, seed: None }, [input])
});
