//! Step lengths by the history of the squared gradient.

use super::step::{MOST, Now};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::kernels::root::{Root, descend};
use crate::train::loss::within;
use crate::weights::largest_of_many;

/// Divides by a moving average of the squared gradient: `v = rho v + (1 - rho) g²` and `w -= rate g / sqrt(v + epsilon)`.
///
/// Tieleman and Hinton (2012), lecture 6.5 of Neural Networks for Machine Learning.
#[derive(Clone, Debug)]
pub struct RMSprop {
    rule: MeanSquare,
    common: Common,
}

#[derive(Clone, Copy, Debug)]
struct MeanSquare {
    rho: f64,
    momentum: f64,
    epsilon: f64,
    centered: bool,
}

impl RMSprop {
    /// RMSprop with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        let rule = MeanSquare { rho: 0.9, momentum: 0.0, epsilon: 1e-7, centered: false };
        RMSprop { rule, common: Common::new(rate) }
    }

    /// How slowly the average moves; 0.9 by default.
    pub fn rho(mut self, rho: f64) -> Self {
        self.rule.rho = rho;
        self
    }

    /// The share of the last step that is taken again; 0 by default.
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.rule.momentum = momentum;
        self
    }

    /// Keeps quotients finite; 1e-7 by default.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.rule.epsilon = epsilon;
        self
    }

    /// Divides by the variance of the gradient instead of its mean square.
    pub fn centered(mut self, centered: bool) -> Self {
        self.rule.centered = centered;
        self
    }
}

impl Rule for MeanSquare {
    fn check(&self) -> Result<(), String> {
        within("rho", self.rho, 0.0..=1.0)?;
        within("momentum", self.momentum, 0.0..=1.0)?;
        within("epsilon", self.epsilon, 0.0..=f64::MAX)
    }

    fn slots(&self) -> usize {
        match (self.centered, self.momentum != 0.0) {
            (true, _) => 3,
            (false, true) => 2,
            (false, false) => 1,
        }
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [v, step, mean]: [&mut [T]; MOST]) {
        let (rate, rho, epsilon) = (T::of(now.rate), T::of(self.rho), T::of(self.epsilon));
        let (momentum, new) = (T::of(self.momentum), T::of(1.0 - self.rho));
        if self.centered {
            for ((((w, g), v), step), mean) in w.iter_mut().zip(g).zip(v).zip(step).zip(mean) {
                *v = rho * *v + new * *g * *g;
                *mean = rho * *mean + new * *g;
                *step = momentum * *step + rate * *g / (*v - *mean * *mean + epsilon).sqrt();
                *w -= *step;
            }
        } else if self.momentum != 0.0 {
            for ((g, v), step) in g.iter().zip(&mut *v).zip(&mut *step) {
                *v = rho * *v + new * *g * *g;
                *step *= momentum;
            }
            descend(now.level, step, [(-rate, g)], Root { of: v, scale: T::one(), inner: epsilon, outer: T::zero() });
            w.iter_mut().zip(step).for_each(|(w, step)| *w -= *step);
        } else {
            g.iter().zip(&mut *v).for_each(|(g, v)| *v = rho * *v + new * *g * *g);
            descend(now.level, w, [(rate, g)], Root { of: v, scale: T::one(), inner: epsilon, outer: T::zero() });
        }
    }
}

/// Divides by the sum of all squared gradients: `s += g²` and `w -= rate g / sqrt(s + epsilon)`.
///
/// Duchi et al. (2011), <https://jmlr.org/papers/v12/duchi11a.html>.
#[derive(Clone, Debug)]
pub struct Adagrad {
    rule: SquareSum,
    common: Common,
}

#[derive(Clone, Copy, Debug)]
struct SquareSum {
    start: f64,
    epsilon: f64,
}

impl Adagrad {
    /// Adagrad with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        Adagrad { rule: SquareSum { start: 0.1, epsilon: 1e-7 }, common: Common::new(rate) }
    }

    /// What the sums start from; 0.1 by default.
    pub fn initial_accumulator_value(mut self, value: f64) -> Self {
        self.rule.start = value;
        self
    }

    /// Keeps quotients finite; 1e-7 by default.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.rule.epsilon = epsilon;
        self
    }
}

impl Rule for SquareSum {
    fn most<T: Real>(&self) -> T {
        largest_of_many()
    }

    fn slots(&self) -> usize {
        1
    }

    fn start(&self, _: usize) -> Option<f64> {
        Some(self.start)
    }

    fn check(&self) -> Result<(), String> {
        within("initial_accumulator_value", self.start, 0.0..=f64::MAX)?;
        within("epsilon", self.epsilon, 0.0..=f64::MAX)
    }

    fn rests(&self) -> bool {
        self.epsilon > 0.0
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [sum, ..]: [&mut [T]; MOST]) {
        let (rate, epsilon) = (T::of(now.rate), T::of(self.epsilon));
        sum.iter_mut().zip(g).for_each(|(sum, g)| *sum += *g * *g);
        descend(now.level, w, [(rate, g)], Root { of: sum, scale: T::one(), inner: epsilon, outer: T::zero() });
    }
}

/// Steps as long as the last ones were, relative to the gradient:
/// `d = -sqrt(u + epsilon) / sqrt(v + epsilon) g` and `w += rate d`, where `v` and `u` are moving averages of `g²` and `d²`.
///
/// Zeiler (2012), <https://arxiv.org/abs/1212.5701>.
#[derive(Clone, Debug)]
pub struct Adadelta {
    rule: Deltas,
    common: Common,
}

#[derive(Clone, Copy, Debug)]
struct Deltas {
    rho: f64,
    epsilon: f64,
}

impl Adadelta {
    /// Adadelta with a learning rate (Keras' default is 0.001, the paper's is 1) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        Adadelta { rule: Deltas { rho: 0.95, epsilon: 1e-7 }, common: Common::new(rate) }
    }

    /// How slowly the averages move; 0.95 by default.
    pub fn rho(mut self, rho: f64) -> Self {
        self.rule.rho = rho;
        self
    }

    /// Keeps quotients finite; 1e-7 by default.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.rule.epsilon = epsilon;
        self
    }
}

impl Rule for Deltas {
    fn check(&self) -> Result<(), String> {
        within("rho", self.rho, 0.0..=1.0)?;
        within("epsilon", self.epsilon, 0.0..=f64::MAX)
    }

    fn slots(&self) -> usize {
        2
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [v, u, _]: [&mut [T]; MOST]) {
        let (rate, rho, epsilon) = (T::of(now.rate), T::of(self.rho), T::of(self.epsilon));
        let new = T::of(1.0 - self.rho);
        for (((w, g), v), u) in w.iter_mut().zip(g).zip(v).zip(u) {
            *v = rho * *v + new * *g * *g;
            let d = -(*u + epsilon).sqrt() * *g / (*v + epsilon).sqrt();
            *u = rho * *u + new * d * d;
            *w += rate * d;
        }
    }
}

builders! { RMSprop }
optimizer! { RMSprop }
builders! { Adagrad }
optimizer! { Adagrad }
builders! { Adadelta }
optimizer! { Adadelta }
