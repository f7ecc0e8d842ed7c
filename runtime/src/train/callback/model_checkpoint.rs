use std::path::{Path, PathBuf};

use super::monitor::{Monitor, monitored};
use super::{Callback, Training};
use crate::train::report::Report;
use crate::train::state::State;
use crate::{Error, Result, files};

/// Saves the model after each epoch, or whenever it has become better.
///
/// The path may hold the epoch (the first is 1) and values of its report:
/// `model-{epoch:02}-{val_loss:.3}.safetensors`; after steps also `{batch}`, the steps of the epoch that are done.
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    path: String,
    monitor: Monitor,
    monitored: bool,
    save_best_only: bool,
    save_weights_only: bool,
    every: Option<usize>,
    /// Steps since the last time that it saved.
    since: usize,
    last: Option<PathBuf>,
}

impl ModelCheckpoint {
    /// Saves to this path.
    pub fn new(path: impl Into<String>) -> Self {
        ModelCheckpoint {
            path: path.into(),
            monitor: Monitor::new("val_loss"),
            monitored: false,
            save_best_only: false,
            save_weights_only: false,
            every: None,
            since: 0,
            last: None,
        }
    }

    /// The value that says which epoch is best; `val_loss` by default.
    pub fn monitor(mut self, name: impl Into<String>) -> Self {
        self.monitor.name = name.into();
        self.monitored = true;
        self
    }

    /// Saves only what is better than all before; false by default. An epoch that does not report the value saves nothing.
    pub fn save_best_only(mut self, best: bool) -> Self {
        self.save_best_only = best;
        self
    }

    /// Saves the weights alone, not the optimizer and the place in the training; false by default.
    /// [`Model::load`](crate::model::Model::load) reads either.
    pub fn save_weights_only(mut self, weights: bool) -> Self {
        self.save_weights_only = weights;
        self
    }

    /// Saves every so many steps instead of after each epoch.
    pub fn save_freq(mut self, steps: usize) -> Self {
        self.every = Some(steps);
        self
    }

    /// Saves nothing that is not better than this.
    pub fn initial_value_threshold(mut self, value: f64) -> Self {
        self.monitor.best = Some(value);
        self
    }

    /// The file that was written last.
    pub fn last(&self) -> Option<&Path> {
        self.last.as_deref()
    }

    /// How many of the epoch and the batch the path may name.
    fn counts(&self) -> usize {
        1 + usize::from(self.every.is_some())
    }

    fn save(&mut self, training: &mut Training<'_>, report: &Report) -> Result<()> {
        if self.save_best_only {
            let Some(value) = self.monitor.of(report) else { return Ok(()) };
            if !self.monitor.improves(value) {
                return Ok(());
            }
        }
        let counts = [("epoch", training.epoch() + 1), ("batch", training.batch())];
        let path = PathBuf::from(filled(&self.path, &counts[..self.counts()], |name| report.metric(name))?);
        files::prepare(&path)?;
        if self.save_weights_only {
            training.save_weights(&path)?;
        } else {
            training.save_checkpoint(&path);
        }
        self.last = Some(path);
        Ok(())
    }
}

monitored! { ModelCheckpoint }

impl Callback for ModelCheckpoint {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        if self.every == Some(0) {
            return Err(Error::Training("ModelCheckpoint every 0 steps saves nothing: give at least 1".to_string()));
        }
        let names = match self.every {
            Some(_) => training.report().iter().map(|(name, _)| name.to_string()).collect(),
            None => training.names(),
        };
        let (name, known) = (&self.monitor.name, |name: &str| names.iter().any(|known| known == name));
        match self.every {
            Some(every) if self.save_best_only && !known(name) => {
                let names = names.join(", ");
                return Err(Error::Training(format!(
                    "ModelCheckpoint looks at `{name}` after every {every} steps, but a step reports only {names}"
                )));
            }
            None if self.save_best_only || self.monitored => self.monitor.expect(training, "ModelCheckpoint")?,
            _ => {}
        }
        let counts = [("epoch", 0), ("batch", 0)];
        let path = filled(&self.path, &counts[..self.counts()], |name| known(name).then_some(0.0))?;
        // What is in the place of a name in braces may lie in another folder each time.
        if path == self.path { files::prepare(path.as_ref()) } else { Ok(()) }
    }

    fn on_batch_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        let Some(every) = self.every else { return Ok(()) };
        self.since += 1;
        if self.since < every {
            return Ok(());
        }
        self.since = 0;
        let report = training.report();
        self.save(training, &report)
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
        if self.every.is_some() { Ok(()) } else { self.save(training, report) }
    }

    fn state(&self) -> State {
        let mut state = State::new();
        self.monitor.save(&mut state);
        state.put_number("since", self.since as f64);
        state
    }

    fn restore(&mut self, state: &State) {
        self.monitor.restore(state);
        self.since = state.number("since").unwrap_or(0.0) as usize;
    }
}

/// The path with values in the place of `{epoch:02}` and `{val_loss:.3}`, as Python and Rust write it.
fn filled(path: &str, counts: &[(&str, usize)], value: impl Fn(&str) -> Option<f64>) -> Result<String> {
    let problem = |what: String| Error::Training(format!("the path `{path}` of a ModelCheckpoint {what}"));
    let (mut text, mut rest) = (String::new(), path);
    while let Some(open) = rest.find('{') {
        text += &rest[..open];
        let Some(close) = rest[open..].find('}').map(|close| open + close) else {
            return Err(problem("has a `{` without `}`".to_string()));
        };
        let (name, format) = rest[open + 1..close].split_once(':').unwrap_or((&rest[open + 1..close], ""));
        let format = format.trim_end_matches(['d', 'f']);
        let (width, digits) = format.split_once('.').unwrap_or((format, ""));
        let number = |text: &str, default| if text.is_empty() { Some(default) } else { text.parse().ok() };
        let zeros = width.starts_with('0');
        let (Some(width), Some(digits)) = (number(width, 0_usize), number(digits, 6_usize)) else {
            return Err(problem(format!(
                "has a format `{format}` that is none: write `{{epoch:02}}` or `{{loss:.3}}`"
            )));
        };
        let count = counts.iter().find(|(known, _)| *known == name);
        let shown = match (count, value(name)) {
            (Some((_, count)), _) => count.to_string(),
            (None, Some(value)) => format!("{value:.digits$}"),
            (None, None) => return Err(problem(format!("names `{name}`, which no epoch reports"))),
        };
        text += &if zeros { format!("{shown:0>width$}") } else { format!("{shown:>width$}") };
        rest = &rest[close + 1..];
    }
    Ok(text + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_filled_with_the_epoch_and_values() {
        let value = |name: &str| (name == "val_loss").then_some(0.12345);
        let fill = |path: &str| filled(path, &[("epoch", 5), ("batch", 12)], value);
        assert_eq!(fill("m-{epoch:02}-{val_loss:.2}.st").unwrap(), "m-05-0.12.st");
        assert_eq!(fill("m-{epoch:03d}-{val_loss:.3f}.st").unwrap(), "m-005-0.123.st");
        assert_eq!(fill("{epoch}-{batch:3}").unwrap(), "5- 12");
        assert_eq!(fill("plain").unwrap(), "plain");
        assert!(fill("{acc}").unwrap_err().to_string().contains("names `acc`"));
        assert!(fill("{epoch").is_err());
        assert!(fill("{epoch:x}").is_err());
    }
}
