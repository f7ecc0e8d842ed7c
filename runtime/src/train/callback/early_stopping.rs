use super::monitor::monitored;
use super::{Callback, Training};
use crate::Result;
use crate::train::callback::monitor::Monitor;
use crate::train::history::History;
use crate::train::report::Report;
use crate::train::state::State;

/// Ends a training that no longer gets better.
///
/// An epoch counts as better if the monitored value beats the best one so far by more than
/// [`min_delta`](EarlyStopping::min_delta).
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    monitor: Monitor,
    patience: usize,
    baseline: Option<f64>,
    restore_best_weights: bool,
    start_from_epoch: usize,
    wait: usize,
    best_epoch: usize,
    stopped_epoch: Option<usize>,
    best: Option<State>,
}

impl EarlyStopping {
    /// Looks at this value, such as `val_loss`.
    pub fn new(monitor: impl Into<String>) -> Self {
        EarlyStopping {
            monitor: Monitor::new(monitor),
            patience: 0,
            baseline: None,
            restore_best_weights: false,
            start_from_epoch: 0,
            wait: 0,
            best_epoch: 0,
            stopped_epoch: None,
            best: None,
        }
    }

    /// How many epochs may be no better before the training ends; 0 by default.
    pub fn patience(mut self, epochs: usize) -> Self {
        self.patience = epochs;
        self
    }

    /// What counts as better; 0 by default.
    pub fn min_delta(mut self, delta: f64) -> Self {
        self.monitor.min_delta = delta;
        self
    }

    /// The training ends, too, if it does not get better than this.
    pub fn baseline(mut self, value: f64) -> Self {
        self.baseline = Some(value);
        self
    }

    /// Whether the weights of the best epoch come back at the end; false by default.
    pub fn restore_best_weights(mut self, restore: bool) -> Self {
        self.restore_best_weights = restore;
        self
    }

    /// Looks at nothing before this epoch; 0 by default.
    pub fn start_from_epoch(mut self, epoch: usize) -> Self {
        self.start_from_epoch = epoch;
        self
    }

    /// The epoch that ended the training, if one did.
    pub fn stopped_epoch(&self) -> Option<usize> {
        self.stopped_epoch
    }

    /// The best epoch.
    pub fn best_epoch(&self) -> usize {
        self.best_epoch
    }
}

monitored! { EarlyStopping }

impl Callback for EarlyStopping {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.monitor.best = None;
        (self.wait, self.best_epoch, self.stopped_epoch, self.best) = (0, 0, None, None);
        self.monitor.expect(training, "EarlyStopping")
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
        let epoch = training.epoch();
        let Some(value) = self.monitor.of(report).filter(|_| epoch >= self.start_from_epoch) else { return Ok(()) };
        self.wait += 1;
        if self.monitor.improves(value) {
            self.best_epoch = epoch;
            if self.restore_best_weights {
                self.best = Some(training.weights());
            }
            // A training that stays behind its baseline loses patience even while it improves.
            if self.baseline.is_none_or(|baseline| self.monitor.better(value, baseline)) {
                self.wait = 0;
            }
            return Ok(());
        }
        if self.wait >= self.patience && epoch > 0 {
            self.stopped_epoch = Some(epoch);
            training.stop();
        }
        Ok(())
    }

    fn on_train_end(&mut self, training: &mut Training<'_>, _: &History) -> Result<()> {
        match self.best.take() {
            Some(best) => training.set_weights(&best),
            None => Ok(()),
        }
    }

    fn state(&self) -> State {
        let mut state = State::new();
        self.monitor.save(&mut state);
        state.put_number("wait", self.wait as f64);
        state.put_number("best_epoch", self.best_epoch as f64);
        if let Some(best) = &self.best {
            state.extend("weights/", best.clone());
        }
        state
    }

    fn restore(&mut self, state: &State) {
        self.monitor.restore(state);
        self.wait = state.number("wait").unwrap_or(0.0) as usize;
        self.best_epoch = state.number("best_epoch").unwrap_or(0.0) as usize;
        self.best = Some(state.part("weights/")).filter(|best| !best.is_empty());
    }
}
