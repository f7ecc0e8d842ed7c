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

    /// A table as text: a line an epoch, with the names of all values in the first, separated by commas. A value that an
    /// epoch does not have is left empty.
    pub fn to_csv(&self) -> String {
        let names = self.names();
        let mut lines = vec![std::iter::once("epoch").chain(names.iter().copied()).collect::<Vec<_>>().join(",")];
        for (epoch, report) in &self.epochs {
            let values = names.iter().map(|name| report.metric(name).map_or(String::new(), |value| value.to_string()));
            lines.push(std::iter::once(epoch.to_string()).chain(values).collect::<Vec<_>>().join(","));
        }
        lines.join("\n") + "\n"
    }

    /// Writes the table of [`to_csv`](History::to_csv) to a file. [`CSVLogger`](super::CSVLogger) writes it while the model
    /// trains.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        files::write(path.as_ref(), self.to_csv().as_bytes())
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

#[cfg(test)]
mod tests {
    use super::History;
    use crate::train::Report;

    #[test]
    fn a_table_has_a_line_an_epoch_and_nothing_where_there_is_no_value() {
        let mut history = History::default();
        let mut report = Report::default();
        report.set("loss", 0.5);
        history.push(2, report.clone());
        report.set("val_loss", 0.25);
        history.push(3, report);
        assert_eq!(history.to_csv(), "epoch,loss,val_loss\n2,0.5,\n3,0.5,0.25\n");
        assert_eq!(History::default().to_csv(), "epoch\n");
    }
}
