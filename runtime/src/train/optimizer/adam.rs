use super::betas::{self, betas, unbias};
use super::settle::least_gradient;
use super::step::{MOST, Now};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::kernels::root::{Averages, Root, descend, descend_by_averages};

/// Moments of the gradient: `m` and `v` are moving averages of `g` and `g²`, and
/// `w -= rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon)`.
///
/// Kingma and Ba (2014), <https://arxiv.org/abs/1412.6980>.
#[derive(Clone, Debug)]
pub struct Adam {
    rule: Moments,
    common: Common,
}

/// [`Adam`] with decoupled weight decay, 0.004 by default.
///
/// Loshchilov and Hutter (2019), <https://arxiv.org/abs/1711.05101>.
#[derive(Clone, Debug)]
pub struct AdamW {
    rule: Moments,
    common: Common,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    pub(super) beta_1: f64,
    pub(super) beta_2: f64,
    pub(super) epsilon: f64,
    amsgrad: bool,
    /// What makes up for averages that started from 0, in this step.
    correction: f64,
}

impl Moments {
    pub(super) const DEFAULT: Self =
        Moments { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, amsgrad: false, correction: 1.0 };
}

impl Adam {
    /// Adam with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        Adam { rule: Moments::DEFAULT, common: Common::new(rate) }
    }
}

impl AdamW {
    /// AdamW with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        AdamW { rule: Moments::DEFAULT, common: Common { weight_decay: Some(0.004), ..Common::new(rate) } }
    }
}

macro_rules! settings {
    ($optimizer:ident) => {
        impl $optimizer {
            /// Divides by the largest average so far (Reddi et al., 2018).
            pub fn amsgrad(mut self, amsgrad: bool) -> Self {
                self.rule.amsgrad = amsgrad;
                self
            }
        }

        betas! { $optimizer, "0.9", "0.999", "1e-7" }
        builders! { $optimizer }
        optimizer! { $optimizer }
    };
}

settings! { Adam }
settings! { AdamW }

impl Rule for Moments {
    fn check(&self) -> Result<(), String> {
        betas::check(self.beta_1, self.beta_2, self.epsilon)
    }

    fn slots(&self) -> usize {
        if self.amsgrad { 3 } else { 2 }
    }

    fn settles(&self) -> bool {
        !self.amsgrad
    }

    fn begin(&mut self, now: Now) {
        self.correction = unbias(self.beta_1, now.step) / unbias(self.beta_2, now.step).sqrt();
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [m, v, largest]: [&mut [T]; MOST]) {
        let alpha = T::of(now.rate * self.correction);
        let (c1, c2, epsilon) = (T::of(1.0 - self.beta_1), T::of(1.0 - self.beta_2), T::of(self.epsilon));
        if !self.amsgrad {
            let averages = Averages { m, v, shares: [c1, c2], least: least_gradient() };
            return descend_by_averages(now.level, w, g, averages, alpha, epsilon, now.follow);
        }
        for ((g, m), v) in g.iter().zip(&mut *m).zip(&mut *v) {
            *m += (*g - *m) * c1;
            *v += (*g * *g - *v) * c2;
        }
        largest.iter_mut().zip(&*v).for_each(|(largest, v)| *largest = if *v > *largest { *v } else { *largest });
        descend(now.level, w, [(alpha, m)], Root { of: largest, scale: T::one(), inner: T::zero(), outer: epsilon });
    }
}
