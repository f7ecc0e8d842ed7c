//! Learning rates that follow the training.

use super::monitor::{Monitor, monitored};
use super::{Callback, Training};
use crate::train::report::Report;
use crate::train::state::State;
use crate::{Error, Result};

/// Sets the learning rate of each epoch: `LearningRateScheduler::new(|epoch, rate| if epoch < 10 { rate } else { rate * 0.9 })`.
pub struct LearningRateScheduler<F> {
    rate: F,
}

impl<F> std::fmt::Debug for LearningRateScheduler<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LearningRateScheduler")
    }
}

impl<F: FnMut(usize, f64) -> f64> LearningRateScheduler<F> {
    /// `rate` is given the epoch (the first is 0) and the learning rate, and returns the new one.
    pub fn new(rate: F) -> Self {
        LearningRateScheduler { rate }
    }
}

impl<F: FnMut(usize, f64) -> f64> Callback for LearningRateScheduler<F> {
    fn on_epoch_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        let rate = (self.rate)(training.epoch(), training.learning_rate());
        if !rate.is_finite() || rate < 0.0 {
            let epoch = training.epoch();
            return Err(Error::Training(format!(
                "the LearningRateScheduler returned {rate} for epoch {epoch}: return a number of at least 0"
            )));
        }
        training.set_learning_rate(rate);
        Ok(())
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
        report.set("learning_rate", training.learning_rate());
        Ok(())
    }
}

/// Lowers the learning rate when a value no longer gets better.
#[derive(Clone, Debug)]
pub struct ReduceLROnPlateau {
    monitor: Monitor,
    factor: f64,
    patience: usize,
    cooldown: usize,
    min_lr: f64,
    wait: usize,
    cooling: usize,
}

impl ReduceLROnPlateau {
    /// Looks at this value, such as `val_loss`.
    pub fn new(monitor: impl Into<String>) -> Self {
        ReduceLROnPlateau {
            monitor: Monitor { min_delta: 1e-4, ..Monitor::new(monitor) },
            factor: 0.1,
            patience: 10,
            cooldown: 0,
            min_lr: 0.0,
            wait: 0,
            cooling: 0,
        }
    }

    /// What the learning rate is multiplied by; 0.1 by default.
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// How many epochs may be no better; 10 by default.
    pub fn patience(mut self, epochs: usize) -> Self {
        self.patience = epochs;
        self
    }

    /// What counts as better; 0.0001 by default.
    pub fn min_delta(mut self, delta: f64) -> Self {
        self.monitor.min_delta = delta;
        self
    }

    /// How many epochs are left alone after a reduction; 0 by default.
    pub fn cooldown(mut self, epochs: usize) -> Self {
        self.cooldown = epochs;
        self
    }

    /// The lowest learning rate; 0 by default.
    pub fn min_lr(mut self, rate: f64) -> Self {
        self.min_lr = rate;
        self
    }
}

monitored! { ReduceLROnPlateau }

impl Callback for ReduceLROnPlateau {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.monitor.best = None;
        (self.wait, self.cooling) = (0, 0);
        if !(0.0..1.0).contains(&self.factor) {
            return Err(Error::Training(format!(
                "ReduceLROnPlateau cannot lower a learning rate by a factor of {}: give one of at least 0 and below 1",
                self.factor
            )));
        }
        self.monitor.expect(training, "ReduceLROnPlateau")
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
        let value = self.monitor.of(report);
        report.set("learning_rate", training.learning_rate());
        let Some(value) = value else { return Ok(()) };
        if self.cooling > 0 {
            self.cooling -= 1;
            self.wait = 0;
        }
        if self.monitor.improves(value) {
            self.wait = 0;
        } else if self.cooling == 0 {
            self.wait += 1;
            let old = training.learning_rate();
            if self.wait >= self.patience && old > self.min_lr {
                training.set_learning_rate((old * self.factor).max(self.min_lr));
                (self.wait, self.cooling) = (0, self.cooldown);
            }
        }
        Ok(())
    }

    fn state(&self) -> State {
        let mut state = State::new();
        self.monitor.save(&mut state);
        state.put_number("wait", self.wait as f64);
        state.put_number("cooling", self.cooling as f64);
        state
    }

    fn restore(&mut self, state: &State) {
        self.monitor.restore(state);
        self.wait = state.number("wait").unwrap_or(0.0) as usize;
        self.cooling = state.number("cooling").unwrap_or(0.0) as usize;
    }
}
