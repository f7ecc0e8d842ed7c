use std::any::Any;

use super::Optimizer;
use super::step::at_most_finite;
use crate::train::{Gradients, State};
use crate::weights::Parameters;
use crate::{Error, Real, Result};

/// Multiplies the loss before its gradient is taken, so that small gradients do not vanish on the way, and the gradient by the
/// inverse before `optimizer` gets it.
///
/// The factor finds itself: it is halved where the gradient overflows, or is too large for the optimizer (that step is left out), and
/// doubled after
/// [`dynamic_growth_steps`](LossScaleOptimizer::dynamic_growth_steps) steps in a row that did not. In a loop of one's own
/// `loss.weight(optimizer.loss_scale())` multiplies the loss.
#[derive(Debug)]
pub struct LossScaleOptimizer<O> {
    optimizer: O,
    scale: f64,
    growth: u64,
    /// Steps in a row without overflow.
    good: u64,
    /// [`Gradients`] of the model's element type, from the first step on.
    room: Option<Box<dyn Any + Send + Sync>>,
}

/// The least factor: neither it nor its inverse leaves the range of single precision.
const LEAST: f64 = 1e-20;

impl<O> LossScaleOptimizer<O> {
    /// Around this optimizer, beginning with a factor of 32768.
    pub fn new(optimizer: O) -> Self {
        LossScaleOptimizer { optimizer, scale: 32768.0, growth: 2000, good: 0, room: None }
    }

    /// The factor to begin with; 32768 by default.
    pub fn initial_scale(mut self, scale: f64) -> Self {
        self.scale = scale;
        self
    }

    /// The factor doubles after so many steps without overflow; 2000 by default.
    pub fn dynamic_growth_steps(mut self, steps: u64) -> Self {
        self.growth = steps;
        self
    }
}

impl<T: Real, O: Optimizer<T>> Optimizer<T> for LossScaleOptimizer<O> {
    fn apply(&mut self, model: &mut dyn Parameters<T>, gradients: &Gradients<T>) {
        // A factor of the inner optimizer gives way to this one.
        let factor = self.optimizer.loss_scale() / self.scale;
        let most = at_most_finite(self.optimizer.largest_gradient().wide() / factor);
        if T::first_beyond(gradients.as_slice(), most).is_some() {
            (self.scale, self.good) = ((self.scale * 0.5).max(LEAST), 0);
            return;
        }
        let factor = T::of(factor);
        let mut kept = self.room.take().filter(|room| room.is::<Gradients<T>>());
        let room = kept.get_or_insert_with(|| Box::new(gradients.clone()));
        if let Some(room) = room.downcast_mut::<Gradients<T>>() {
            room.as_mut_slice().iter_mut().zip(gradients.as_slice()).for_each(|(to, g)| *to = *g * factor);
            self.optimizer.apply(model, room);
        }
        self.room = kept;
        self.good += 1;
        if self.good >= self.growth {
            (self.scale, self.good) = (self.scale * 2.0, 0);
        }
    }

    fn finish(&mut self, model: &mut dyn Parameters<T>) {
        self.optimizer.finish(model);
    }

    fn averages(&self) -> bool {
        self.optimizer.averages()
    }

    fn swap_average(&mut self, model: &mut dyn Parameters<T>) {
        self.optimizer.swap_average(model);
    }

    fn loss_scale(&self) -> f64 {
        self.scale
    }

    fn skips_non_finite(&self) -> bool {
        true
    }

    fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate()
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.optimizer.set_learning_rate(rate);
    }

    fn check(&self, model: &dyn Parameters<T>) -> Result<()> {
        let refused = |what: &str| Err(Error::Training(format!("the LossScaleOptimizer has {what}")));
        if self.scale.is_nan() || self.scale <= 0.0 {
            return refused(&format!("a scale of {}: give a number above 0, such as 32768", self.scale));
        }
        if self.growth == 0 {
            return refused("dynamic_growth_steps = 0: give at least 1");
        }
        self.optimizer.check(model)
    }

    fn state(&self) -> State {
        let mut state = self.optimizer.state();
        state.put_number("loss_scale", self.scale);
        state.put_number("good_steps", self.good as f64);
        state
    }

    fn check_state(&self, model: &dyn Parameters<T>, state: &State) -> Result<(), String> {
        if state.number("loss_scale").is_none() {
            return Err("holds no state of a LossScaleOptimizer".to_string());
        }
        self.optimizer.check_state(model, state)
    }

    fn restore(&mut self, state: &State) {
        self.scale = state.number("loss_scale").unwrap_or(self.scale);
        self.good = state.number("good_steps").unwrap_or(0.0) as u64;
        self.optimizer.restore(state);
    }
}
