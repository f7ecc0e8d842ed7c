use formwork_shape::Factor;
use formwork_shape::layers::RandomContrast;

use super::each;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// The factor of each image of the last training step.
#[derive(Default)]
struct Factors<T> {
    factors: Buffer<T>,
}

impl<T: Real> Kernel<T> for RandomContrast {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        each::copy(pass.threads, y[0].data, x[0].data());
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let mut random = work.random(pass, self.seed);
        let [low, high] = match self.factor {
            Factor::Around(f) => [1.0 - f.abs(), 1.0 + f.abs()],
            Factor::Between(a, b) => [1.0 - a, 1.0 + b],
        };
        let factors = work.of::<Factors<T>>().factors.take(pass.batch);
        factors.fill_with(|| T::of(1.0 + pass.randomly(random.uniform(low, high) - 1.0)));
        let (factors, channels, [least, most]) = (&*factors, x[0].last(), range(self, pass));
        each::parts(pass.threads, y[0].data, x[0].shape().size().max(1), |sample, y| {
            let x = &x[0].data()[sample * y.len()..][..y.len()];
            for channel in 0..channels {
                let mean = mean(x, channel, channels);
                for k in (channel..x.len()).step_by(channels) {
                    y[k] = stretched(x[k], mean, factors[sample]).max(least).min(most);
                }
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let factors = work.of::<Factors<T>>().factors.get(pass.batch);
        let (channels, [least, most]) = (step.x[0].last(), range(self, pass));
        each::parts(pass.threads, dx, step.x[0].shape().size().max(1), |sample, dx| {
            let at = sample * dx.len();
            let (x, dy) = (&step.x[0].data()[at..][..dx.len()], &step.dy[0].data()[at..][..dx.len()]);
            let factor = factors[sample];
            for channel in 0..channels {
                let mean = mean(x, channel, channels);
                // The gradient of a value beyond the range is 0.
                let d = |k: usize| {
                    let y = stretched(x[k], mean, factor);
                    if y >= least && y <= most { dy[k] } else { T::zero() }
                };
                let places = (channel..x.len()).step_by(channels);
                let sum = places.clone().fold(T::zero(), |sum, k| sum + d(k));
                let push = sum * (T::one() - factor) / T::of((x.len() / channels) as f64);
                places.for_each(|k| each::put(write, &mut dx[k], d(k) * factor + push));
            }
        });
    }
}

/// Between which values an image is clipped; inference leaves it as it is.
fn range<T: Real>(layer: &RandomContrast, pass: &Pass<'_>) -> [T; 2] {
    let range = layer.value_range.as_slice();
    if pass.inference { [T::neg_infinity(), T::infinity()] } else { [T::of(range[0]), T::of(range[1])] }
}

/// `factor (x - mean) + mean`, in a form that is x where the factor is 1.
fn stretched<T: Real>(x: T, mean: T, factor: T) -> T {
    x + (factor - T::one()) * (x - mean)
}

/// The mean of a channel of an image.
fn mean<T: Real>(x: &[T], channel: usize, channels: usize) -> T {
    let sum = x[channel..].iter().step_by(channels).fold(T::zero(), |sum, x| sum + *x);
    sum / T::of((x.len() / channels) as f64)
}

#[cfg(test)]
super::conformance::cases!(RandomContrast: (image(2), 0.0..0.9, any::<bool>()) => |(input, factor, narrow)| {
    let limit = if narrow { 0.7 } else { 9.0 };
    let value_range = formwork_shape::Numbers::of(&[-limit, limit]);
    Case::new(RandomContrast { factor: Factor::Around(factor), value_range, seed: None }, [input])
});
