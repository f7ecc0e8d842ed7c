use super::betas::{self, betas, unbias};
use super::step::{MOST, Now};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::kernels::root::{Root, descend};

/// [`AdamW`](super::AdamW) that needs no schedule: steps change `z`, and the weights of the model are a mean `y` of all `z`, at
/// which gradients are taken, too.
///
/// `v = b2 v + (1 - b2) g²`, `z -= rate g / (sqrt(v / (1 - b2^t)) + epsilon)` and `y = (1 - 1/t) y + z / t`, which is what
/// Keras computes on TensorFlow and PyTorch, whatever `b1` is. In the paper and in Keras on JAX the mean is another one,
/// `x = (1 - 1/t) x + z / t`, and `y = (1 - b1) z + b1 x` lies between it and `z`: see
/// [`interpolate`](ScheduleFreeAdamW::interpolate). The model has `y` for its weights, after training too. There is no decay by
/// default.
///
/// Defazio et al. (2024), <https://arxiv.org/abs/2405.15682>.
#[derive(Clone, Debug)]
pub struct ScheduleFreeAdamW {
    rule: Between,
    common: Common,
}

#[derive(Clone, Copy, Debug)]
struct Between {
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    warmup_steps: u64,
    interpolate: bool,
    /// What makes up for an average of squares that started from 0, in this step.
    unbias: f64,
}

impl ScheduleFreeAdamW {
    /// With a learning rate (Keras' default is 0.0025).
    pub fn new(rate: impl Into<Rate>) -> Self {
        let rule =
            Between { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, warmup_steps: 0, interpolate: false, unbias: 1.0 };
        ScheduleFreeAdamW { rule, common: Common::new(rate) }
    }

    /// The steps over which the learning rate rises from 0; 0 by default.
    pub fn warmup_steps(mut self, steps: u64) -> Self {
        self.rule.warmup_steps = steps;
        self
    }

    /// Whether gradients are taken between `z` and its mean, by `beta_1`, as in the paper and in Keras on JAX; false by default,
    /// as in Keras on TensorFlow and PyTorch, which take them at the mean.
    pub fn interpolate(mut self, interpolate: bool) -> Self {
        self.rule.interpolate = interpolate;
        self
    }
}

impl Rule for Between {
    fn check(&self) -> Result<(), String> {
        betas::check(self.beta_1, self.beta_2, self.epsilon)?;
        if self.interpolate && self.beta_1 == 0.0 {
            return Err(
                "has beta_1 = 0, where the mean could not be told from the weights: give a number above 0".to_string()
            );
        }
        Ok(())
    }

    /// `z` and `v`; the `x` of the paper follows from `y` and `z`.
    fn slots(&self) -> usize {
        2
    }

    fn start(&self, slot: usize) -> Option<f64> {
        (slot > 0).then_some(0.0)
    }

    fn begin(&mut self, now: Now) {
        self.unbias = unbias(self.beta_2, now.step);
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [z, v, _]: [&mut [T]; MOST]) {
        let warm = if self.warmup_steps == 0 { 1.0 } else { (now.step as f64 / self.warmup_steps as f64).min(1.0) };
        let rate = T::of(now.rate * warm);
        let (b1, c1, c2) = (T::of(self.beta_1), T::of(1.0 - self.beta_1), T::of(1.0 - self.beta_2));
        let (new, epsilon) = (T::of(1.0 / now.step as f64), T::of(self.epsilon));
        v.iter_mut().zip(g).for_each(|(v, g)| *v += (*g * *g - *v) * c2);
        if self.interpolate {
            // x of the paper, for now.
            w.iter_mut().zip(&*z).for_each(|(w, z)| *w = (*w - c1 * *z) / b1);
        }
        descend(now.level, z, [(rate, g)], Root { of: v, scale: T::of(self.unbias), inner: T::zero(), outer: epsilon });
        for (w, z) in w.iter_mut().zip(z) {
            let x = (T::one() - new) * *w + new * *z;
            *w = if self.interpolate { c1 * *z + b1 * x } else { x };
        }
    }
}

betas! { ScheduleFreeAdamW, "0.9", "0.999", "1e-8" }
builders! { ScheduleFreeAdamW }
optimizer! { ScheduleFreeAdamW }

#[cfg(test)]
mod tests {
    use crate::random::{Purpose, Random};
    use crate::train::{Gradients, Optimizer, ScheduleFreeAdamW};
    use crate::weights::Weights;
    use formwork_shape::{Initializer, Shape, WeightSpec};

    /// Keras 3.15 on TensorFlow and on PyTorch.
    const MEAN: [[f32; 3]; 4] = [
        [0.950_010_06, -1.950_005, 0.450_002_5],
        [0.885_372_76, -1.962_690_1, 0.466_438_77],
        [0.894_349_7, -1.969_487, 0.462_382_5],
        [0.890_223_44, -1.980_590_7, 0.480_622_44],
    ];

    /// Keras 3.15 on JAX.
    const BETWEEN: [[f32; 3]; 4] = [
        [0.950_010_06, -1.950_005, 0.450_002_5],
        [0.872_920_33, -1.966_202, 0.469_951],
        [0.898_845_8, -1.974_161_1, 0.461_220_15],
        [0.889_094_05, -1.990_189_2, 0.492_256_58],
    ];

    #[test]
    fn steps_are_those_of_keras() {
        let spec =
            WeightSpec { name: "kernel", shape: Shape::new(&[3]), initializer: Initializer::Zeros, trainable: true };
        let steps = [[0.5, -1.0, 2.0], [1.0, 0.25, -0.5], [-0.75, 0.1, 0.3], [0.2, 0.2, -0.9]];
        for (interpolate, keras) in [(false, MEAN), (true, BETWEEN)] {
            let mut model = Weights::<f32>::new(&[spec], &mut Random::new(0, Purpose::Weights, 0));
            model.data_mut(0).copy_from_slice(&[1.0, -2.0, 0.5]);
            let optimizer = ScheduleFreeAdamW::new(0.1).beta_1(0.8).beta_2(0.9).epsilon(1e-4);
            let mut optimizer = optimizer.warmup_steps(2).weight_decay(0.05).interpolate(interpolate);
            let mut gradients = Gradients::zeros(&model);
            for (g, after) in steps.iter().zip(keras) {
                gradients.as_mut_slice().copy_from_slice(g);
                optimizer.apply(&mut model, &gradients);
                for (w, wanted) in model.data(0).iter().zip(after) {
                    assert!((w - wanted).abs() < 1e-5, "{w} is not {wanted}");
                }
            }
        }
    }
}
