use super::step::{MOST, Now};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::train::loss::{clip, within};
use crate::weights::largest_of_many;

/// Follow the regularised leader, for large sparse models: with L1 regularisation many weights become exactly 0.
///
/// McMahan et al. (2013), <https://research.google.com/pubs/archive/41159.pdf>.
#[derive(Clone, Debug)]
pub struct Ftrl {
    rule: Leader,
    common: Common,
}

#[derive(Clone, Copy, Debug)]
struct Leader {
    power: f64,
    start: f64,
    l1: f64,
    l2: f64,
    shrinkage: f64,
    beta: f64,
}

impl Ftrl {
    /// Ftrl with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        let rule = Leader { power: -0.5, start: 0.1, l1: 0.0, l2: 0.0, shrinkage: 0.0, beta: 0.0 };
        Ftrl { rule, common: Common::new(rate) }
    }

    /// How the learning rate falls with the squared gradients; -0.5 by default, 0 for a fixed rate.
    pub fn learning_rate_power(mut self, power: f64) -> Self {
        self.rule.power = power;
        self
    }

    /// What the sums of squared gradients start from; 0.1 by default.
    pub fn initial_accumulator_value(mut self, value: f64) -> Self {
        self.rule.start = value;
        self
    }

    /// The strength of L1 regularisation; 0 by default.
    pub fn l1_regularization_strength(mut self, strength: f64) -> Self {
        self.rule.l1 = strength;
        self
    }

    /// The strength of L2 regularisation; 0 by default.
    pub fn l2_regularization_strength(mut self, strength: f64) -> Self {
        self.rule.l2 = strength;
        self
    }

    /// L2 regularisation that is added to the gradient only; 0 by default.
    pub fn l2_shrinkage_regularization_strength(mut self, strength: f64) -> Self {
        self.rule.shrinkage = strength;
        self
    }

    /// The paper's beta; 0 by default.
    pub fn beta(mut self, beta: f64) -> Self {
        self.rule.beta = beta;
        self
    }
}

impl Rule for Leader {
    fn most<T: Real>(&self) -> T {
        largest_of_many()
    }

    fn slots(&self) -> usize {
        2
    }

    fn start(&self, slot: usize) -> Option<f64> {
        Some(if slot == 0 { self.start } else { 0.0 })
    }

    fn check(&self) -> Result<(), String> {
        within("learning_rate_power", self.power, f64::MIN..=0.0)?;
        within("initial_accumulator_value", self.start, 0.0..=f64::MAX)?;
        within("l1_regularization_strength", self.l1, 0.0..=f64::MAX)?;
        within("l2_regularization_strength", self.l2, 0.0..=f64::MAX)?;
        within("l2_shrinkage_regularization_strength", self.shrinkage, 0.0..=f64::MAX)?;
        within("beta", self.beta, 0.0..=f64::MAX)
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [sum, linear, _]: [&mut [T]; MOST]) {
        let (rate, power, l1) = (T::of(now.rate), T::of(-self.power), T::of(self.l1));
        let l2 = T::of(2.0 * (self.l2 + self.beta / (2.0 * now.rate)));
        let shrinkage = T::of(2.0 * self.shrinkage);
        for (((w, g), sum), linear) in w.iter_mut().zip(g).zip(sum).zip(linear) {
            let (old, new) = (sum.powf(power), (*sum + *g * *g).powf(power));
            *linear += *g + shrinkage * *w - (new - old) / rate * *w;
            *w = (clip(*linear, -l1, l1) - *linear) / (new / rate + l2);
            *sum += *g * *g;
        }
    }
}

builders! { Ftrl }
optimizer! { Ftrl }
