use super::step::{MOST, Now};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::train::loss::within;

/// Stochastic gradient descent: `w -= rate g`; with momentum `v = m v - rate g` and `w += v`, and with Nesterov's look
/// ahead `w += m v - rate g`.
#[derive(Clone, Debug)]
pub struct SGD {
    rule: Descent,
    common: Common,
}

#[derive(Clone, Copy, Debug, Default)]
struct Descent {
    momentum: f64,
    nesterov: bool,
}

impl SGD {
    /// Descent with a learning rate (Keras' default is 0.01) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        SGD { rule: Descent::default(), common: Common::new(rate) }
    }

    /// The share of the last step that is taken again; 0 by default.
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.rule.momentum = momentum;
        self
    }

    /// Looks ahead by the momentum.
    pub fn nesterov(mut self, nesterov: bool) -> Self {
        self.rule.nesterov = nesterov;
        self
    }
}

impl Rule for Descent {
    fn check(&self) -> Result<(), String> {
        within("momentum", self.momentum, 0.0..=1.0)
    }

    fn most<T: Real>(&self) -> T {
        T::max_value()
    }

    fn slots(&self) -> usize {
        usize::from(self.momentum != 0.0)
    }

    fn rests(&self) -> bool {
        self.momentum == 0.0
    }

    #[inline(always)]
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], [v, ..]: [&mut [T]; MOST]) {
        let (rate, momentum) = (T::of(now.rate), T::of(self.momentum));
        if self.momentum == 0.0 {
            w.iter_mut().zip(g).for_each(|(w, g)| *w -= rate * *g);
        } else if self.nesterov {
            for ((w, g), v) in w.iter_mut().zip(g).zip(v) {
                *v = momentum * *v - rate * *g;
                *w += momentum * *v - rate * *g;
            }
        } else {
            for ((w, g), v) in w.iter_mut().zip(g).zip(v) {
                *v = momentum * *v - rate * *g;
                *w += *v;
            }
        }
    }
}

builders! { SGD }
optimizer! { SGD }
