//! What came of a training.

mod curves;

use std::path::Path;

use super::report::Report;
use super::state::State;
use crate::{Result, files};

/// The losses and metrics of each epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    epochs: Vec<(usize, Report)>,
}

impl History {
    pub(crate) fn push(&mut self, epoch: usize, report: Report) {
        self.epochs.push((epoch, report));
    }

    /// The number of each epoch (the first is 0) and its report.
    pub fn epochs(&self) -> &[(usize, Report)] {
        &self.epochs
    }

    /// The value of that name in each epoch: `loss`, `val_accuracy`; empty if there is none of that name.
    pub fn metric(&self, name: &str) -> Vec<f64> {
        self.epochs.iter().filter_map(|(_, report)| report.metric(name)).collect()
    }

    /// The names of all values, in the order in which the reports give them.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for (name, _) in self.epochs.iter().flat_map(|(_, report)| report.iter()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The report of the last epoch, unless there was none.
    pub fn last(&self) -> Option<&Report> {
        self.epochs.last().map(|(_, report)| report)
    }

    /// The training curves as a picture: a panel a value, with that of the validation data beside it.
    pub fn to_svg(&self) -> String {
        curves::svg(self)
    }

    /// Writes the training curves to a file in the SVG format.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_svg(&self, path: impl AsRef<Path>) -> Result<()> {
        files::write(path.as_ref(), self.to_svg().as_bytes())
    }

    /// For a checkpoint: an array a name, with NaN where an epoch has no such value.
    pub(crate) fn state(&self) -> State {
        let mut state = State::new();
        let epochs: Vec<f64> = self.epochs.iter().map(|(epoch, _)| *epoch as f64).collect();
        state.put("epoch", &epochs);
        for (place, name) in self.names().into_iter().enumerate() {
            let values: Vec<f64> = self.epochs.iter().map(|(_, r)| r.metric(name).unwrap_or(f64::NAN)).collect();
            state.put(format!("{place:03}/{name}"), &values);
        }
        state
    }

    pub(crate) fn restore(state: &State) -> Self {
        let epochs = state.get::<f64>("epoch").unwrap_or_default();
        let columns: Vec<(&str, Vec<f64>)> = state
            .arrays
            .keys()
            .filter_map(|key| Some((key.split_once('/')?.1, state.get::<f64>(key)?)))
            .filter(|(_, values)| values.len() == epochs.len())
            .collect();
        let report = |place: usize| {
            let mut report = Report::default();
            let values = columns.iter().map(|(name, values)| (*name, values[place]));
            values.filter(|(_, value)| !value.is_nan()).for_each(|(name, value)| report.set(name, value));
            report
        };
        History { epochs: epochs.iter().enumerate().map(|(place, epoch)| (*epoch as usize, report(place))).collect() }
    }
}
