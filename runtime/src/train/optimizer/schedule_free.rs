use super::betas::{self, betas, powi};
use super::step::{MOST, Now};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;

/// [`AdamW`](super::AdamW) that needs no schedule: steps change `z`, the weights that are kept are the mean `x` of all `z`, and
/// gradients are taken at `y` between them.
///
/// `v = b2 v + (1 - b2) g²`, `z -= rate g / (sqrt(v / (1 - b2^t)) + epsilon)`, `x = (1 - 1/t) x + z / t` and
/// `y = (1 - b1) z + b1 x`. As in Keras the model has `y` for its weights, after training too. There is no decay by default.
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
}

impl ScheduleFreeAdamW {
    /// With a learning rate (Keras' default is 0.0025).
    pub fn new(rate: impl Into<Rate>) -> Self {
        let rule = Between { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, warmup_steps: 0 };
        ScheduleFreeAdamW { rule, common: Common::new(rate) }
    }

    /// The steps over which the learning rate rises from 0; 0 by default.
    pub fn warmup_steps(mut self, steps: u64) -> Self {
        self.rule.warmup_steps = steps;
        self
    }
}

impl Rule for Between {
    fn check(&self) -> Result<(), String> {
        betas::check(self.beta_1, self.beta_2, self.epsilon)?;
        if self.beta_1 == 0.0 {
            return Err(
                "has beta_1 = 0, where the mean could not be told from the weights: give a number above 0".to_string()
            );
        }
        Ok(())
    }

    /// `z` and `v`; `x` follows from `y` and `z`.
    fn slots(&self) -> usize {
        2
    }

    fn start(&self, slot: usize) -> Option<f64> {
        (slot > 0).then_some(0.0)
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [z, v, _]: [&mut [T]; MOST]) {
        let warm = if self.warmup_steps == 0 { 1.0 } else { (now.step as f64 / self.warmup_steps as f64).min(1.0) };
        let rate = T::of(now.rate * warm);
        let unbias = T::of(1.0 / (1.0 - powi(self.beta_2, now.step)));
        let (b1, c1, c2) = (T::of(self.beta_1), T::of(1.0 - self.beta_1), T::of(1.0 - self.beta_2));
        let (new, epsilon) = (T::of(1.0 / now.step as f64), T::of(self.epsilon));
        for (((w, g), z), v) in w.iter_mut().zip(g).zip(z).zip(v) {
            *v += (*g * *g - *v) * c2;
            let x = (*w - c1 * *z) / b1;
            *z -= rate * *g / ((*v * unbias).sqrt() + epsilon);
            *w = c1 * *z + b1 * ((T::one() - new) * x + new * *z);
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

    /// Keras 3.15 on JAX. On TensorFlow it reads `z` after it has changed, which makes a plain mean of the steps.
    const KERAS: [[f32; 3]; 4] = [
        [0.950_010_06, -1.950_005, 0.450_002_5],
        [0.872_920_33, -1.966_202, 0.469_951],
        [0.898_845_8, -1.974_161_1, 0.461_220_15],
        [0.889_094_05, -1.990_189_2, 0.492_256_58],
    ];

    #[test]
    fn steps_are_those_of_keras() {
        let spec =
            WeightSpec { name: "kernel", shape: Shape::new(&[3]), initializer: Initializer::Zeros, trainable: true };
        let mut model = Weights::<f32>::new(&[spec], &mut Random::new(0, Purpose::Weights, 0));
        model.data_mut(0).copy_from_slice(&[1.0, -2.0, 0.5]);
        let mut optimizer =
            ScheduleFreeAdamW::new(0.1).beta_1(0.8).beta_2(0.9).epsilon(1e-4).warmup_steps(2).weight_decay(0.05);
        let mut gradients = Gradients::zeros(&model);
        let steps = [[0.5, -1.0, 2.0], [1.0, 0.25, -0.5], [-0.75, 0.1, 0.3], [0.2, 0.2, -0.9]];
        for (g, after) in steps.iter().zip(KERAS) {
            gradients.as_mut_slice().copy_from_slice(g);
            optimizer.apply(&mut model, &gradients);
            for (w, wanted) in model.data(0).iter().zip(after) {
                assert!((w - wanted).abs() < 1e-5, "{w} is not {wanted}");
            }
        }
    }
}
