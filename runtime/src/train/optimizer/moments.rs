//! Relatives of Adam.

use super::betas::{self, betas, powi, unbias};
use super::step::{MOST, Now};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::kernels::root::{Root, descend};

/// [`Adam`](super::Adam) with the largest recent gradient in place of its mean square:
/// `u = max(b2 u, |g|)` and `w -= rate m / ((1 - b1^t) (u + epsilon))`.
///
/// Kingma and Ba (2014), section 7, <https://arxiv.org/abs/1412.6980>.
#[derive(Clone, Debug)]
pub struct Adamax {
    rule: Largest,
    common: Common,
}

/// [`Adam`](super::Adam) with Nesterov's look ahead.
///
/// Dozat (2015), <https://cs229.stanford.edu/proj2015/054_report.pdf>.
#[derive(Clone, Debug)]
pub struct Nadam {
    rule: Ahead,
    common: Common,
}

/// Steps of one length, by the sign of a moving average: `w -= rate sign(b1 m + (1 - b1) g)` and
/// `m = b2 m + (1 - b2) g`.
///
/// Chen et al. (2023), <https://arxiv.org/abs/2302.06675>.
#[derive(Clone, Debug)]
pub struct Lion {
    rule: Sign,
    common: Common,
}

#[derive(Clone, Copy, Debug)]
struct Largest {
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    /// What makes up for an average that started from 0, in this step.
    correction: f64,
}

#[derive(Clone, Copy, Debug)]
struct Ahead {
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    /// The product of all momenta so far.
    product: f64,
    /// What the average and the gradient are multiplied by in this step, besides the rate.
    shares: [f64; 2],
    /// What makes up for an average of squares that started from 0, in this step.
    unbias: f64,
}

#[derive(Clone, Copy, Debug)]
struct Sign {
    beta_1: f64,
    beta_2: f64,
}

impl Adamax {
    /// Adamax with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        Adamax {
            rule: Largest { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, correction: 1.0 },
            common: Common::new(rate),
        }
    }
}

impl Nadam {
    /// Nadam with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        let rule = Ahead { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, product: 1.0, shares: [1.0, 0.0], unbias: 1.0 };
        Nadam { rule, common: Common::new(rate) }
    }
}

impl Lion {
    /// Lion with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        Lion { rule: Sign { beta_1: 0.9, beta_2: 0.99 }, common: Common::new(rate) }
    }
}

betas! { Adamax, "0.9", "0.999", "1e-7" }
builders! { Adamax }
optimizer! { Adamax }
betas! { Nadam, "0.9", "0.999", "1e-7" }
builders! { Nadam }
optimizer! { Nadam }
betas! { Lion, "0.9", "0.99" }
builders! { Lion }
optimizer! { Lion }

impl Rule for Largest {
    fn check(&self) -> Result<(), String> {
        betas::check(self.beta_1, self.beta_2, self.epsilon)
    }

    fn most<T: Real>(&self) -> T {
        T::max_value()
    }

    fn slots(&self) -> usize {
        2
    }

    fn begin(&mut self, now: Now) {
        self.correction = unbias(self.beta_1, now.step);
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [m, u, _]: [&mut [T]; MOST]) {
        let alpha = T::of(now.rate * self.correction);
        let (c1, b2, epsilon) = (T::of(1.0 - self.beta_1), T::of(self.beta_2), T::of(self.epsilon));
        for (((w, g), m), u) in w.iter_mut().zip(g).zip(m).zip(u) {
            *m += (*g - *m) * c1;
            let old = b2 * *u;
            *u = if g.abs() > old { g.abs() } else { old };
            *w -= alpha * *m / (*u + epsilon);
        }
    }
}

impl Ahead {
    /// The momentum of a step.
    fn momentum(&self, step: u64) -> f64 {
        self.beta_1 * (1.0 - 0.5 * powi(0.96, step))
    }
}

impl Rule for Ahead {
    fn check(&self) -> Result<(), String> {
        betas::check(self.beta_1, self.beta_2, self.epsilon)
    }

    fn slots(&self) -> usize {
        2
    }

    fn kept(&self) -> f64 {
        self.product
    }

    fn keep(&mut self, kept: f64) {
        self.product = kept;
    }

    fn begin(&mut self, now: Now) {
        let (this, next) = (self.momentum(now.step), self.momentum(now.step + 1));
        self.product = if now.step == 1 { 1.0 } else { self.product } * this;
        self.shares = [next / (1.0 - self.product * next), (1.0 - this) / (1.0 - self.product)];
        self.unbias = unbias(self.beta_2, now.step);
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [m, v, _]: [&mut [T]; MOST]) {
        let [from_m, from_g] = self.shares.map(|share| T::of(now.rate * share));
        let (c1, c2, epsilon) = (T::of(1.0 - self.beta_1), T::of(1.0 - self.beta_2), T::of(self.epsilon));
        for ((g, m), v) in g.iter().zip(&mut *m).zip(&mut *v) {
            *m += (*g - *m) * c1;
            *v += (*g * *g - *v) * c2;
        }
        let root = Root { of: v, scale: T::of(self.unbias), inner: T::zero(), outer: epsilon };
        descend(now.level, w, [(from_m, m), (from_g, g)], root);
    }
}

impl Rule for Sign {
    fn check(&self) -> Result<(), String> {
        betas::check(self.beta_1, self.beta_2, 0.0)
    }

    fn most<T: Real>(&self) -> T {
        T::max_value()
    }

    fn slots(&self) -> usize {
        1
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [m, ..]: [&mut [T]; MOST]) {
        let rate = T::of(now.rate);
        let (b1, c1) = (T::of(self.beta_1), T::of(1.0 - self.beta_1));
        let (b2, c2) = (T::of(self.beta_2), T::of(1.0 - self.beta_2));
        for ((w, g), m) in w.iter_mut().zip(g).zip(m) {
            let direction = *m * b1 + *g * c1;
            if direction > T::zero() {
                *w -= rate;
            } else if direction < T::zero() {
                *w += rate;
            }
            *m = *m * b2 + *g * c2;
        }
    }
}
