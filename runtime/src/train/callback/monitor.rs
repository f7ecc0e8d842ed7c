//! Looking at one value of the reports.

use super::Training;
use crate::Result;
use crate::train::report::Report;
use crate::train::state::State;

/// Which values are better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// By the name: losses and errors should be small; accuracy, AUC, precision, recall, F-scores, IoU and R² large.
    #[default]
    Auto,
    /// Smaller ones.
    Min,
    /// Larger ones.
    Max,
}

/// A value by its name, and the best of it so far.
#[derive(Clone, Debug)]
pub(crate) struct Monitor {
    pub(crate) name: String,
    pub(crate) mode: Mode,
    pub(crate) min_delta: f64,
    pub(crate) best: Option<f64>,
}

const LARGE: [&str; 14] = [
    "acc",
    "auc",
    "precision",
    "recall",
    "f1",
    "fbeta",
    "iou",
    "io_u",
    "r2",
    "sensitivity",
    "specificity",
    "positives",
    "cosine",
    "correlation",
];

impl Monitor {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Monitor { name: name.into(), mode: Mode::Auto, min_delta: 0.0, best: None }
    }

    /// Are larger values better?
    pub(crate) fn rises(&self) -> bool {
        match self.mode {
            Mode::Min => false,
            Mode::Max => true,
            Mode::Auto if self.name.ends_with("loss") || self.name.contains("false_") => false,
            Mode::Auto => LARGE.iter().any(|part| self.name.contains(part)),
        }
    }

    /// Is `value` better than `than` by more than the least difference?
    pub(crate) fn better(&self, value: f64, than: f64) -> bool {
        // Keras compares in single precision.
        let (delta, than) = (self.min_delta.abs(), than as f32);
        if self.rises() { (value - delta) as f32 > than } else { ((value + delta) as f32) < than }
    }

    /// Takes in a value; true if it is the best so far.
    pub(crate) fn improves(&mut self, value: f64) -> bool {
        let improved = self.best.is_none_or(|best| self.better(value, best)) && !value.is_nan();
        if improved {
            self.best = Some(value);
        }
        improved
    }

    pub(crate) fn expect(&self, training: &mut Training<'_>, who: &str) -> Result<()> {
        training.expect(&self.name, who)
    }

    /// The value in a report; none in an epoch that did not validate.
    pub(crate) fn of(&self, report: &Report) -> Option<f64> {
        report.metric(&self.name)
    }

    pub(crate) fn save(&self, state: &mut State) {
        if let Some(best) = self.best {
            state.put_number("best", best);
        }
    }

    pub(crate) fn restore(&mut self, state: &State) {
        self.best = state.number("best");
    }
}

/// The builders of a monitor.
macro_rules! monitored {
    ($callback:ident) => {
        impl $callback {
            /// Whether small or large values are better; by default the name decides.
            pub fn mode(mut self, mode: $crate::train::Mode) -> Self {
                self.monitor.mode = mode;
                self
            }
        }
    };
}
pub(super) use monitored;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_which_values_are_better() {
        for name in ["accuracy", "val_sparse_categorical_accuracy", "auc", "val_f1_score", "r2_score", "mean_io_u"] {
            assert!(Monitor::new(name).rises(), "{name}");
        }
        for name in ["loss", "val_loss", "accuracy_loss", "mean_absolute_error", "false_positives"] {
            assert!(!Monitor::new(name).rises(), "{name}");
        }
    }

    #[test]
    fn a_small_gain_is_none() {
        let mut monitor = Monitor { min_delta: 0.1, ..Monitor::new("loss") };
        assert!(monitor.improves(1.0));
        assert!(!monitor.improves(0.95));
        assert!(!monitor.improves(f64::NAN));
        assert!(monitor.improves(0.8));
    }
}
