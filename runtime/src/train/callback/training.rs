//! A running training, as callbacks see it.

use std::any::Any;
use std::path::{Path, PathBuf};

use crate::train::report::Report;
use crate::train::state::State;
use crate::{Error, Result};

/// A running training.
pub struct Training<'a> {
    running: &'a mut dyn Running,
    place: Place,
    requests: &'a mut Requests,
}

impl std::fmt::Debug for Training<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Training").field("place", &self.place).finish_non_exhaustive()
    }
}

/// How far a training has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) epoch: usize,
    pub(crate) epochs: usize,
    /// Steps of this epoch that are done.
    pub(crate) batch: usize,
    pub(crate) batches: Option<usize>,
    pub(crate) validates: bool,
    /// Has the training come to its end, or was it interrupted?
    pub(crate) complete: bool,
}

/// What callbacks have asked for.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) stop: bool,
    pub(crate) checkpoints: Vec<PathBuf>,
    pub(crate) resume: Option<PathBuf>,
    /// The names of the values that callbacks add to the reports.
    pub(crate) added: Vec<String>,
}

/// The model and what trains it, whatever their types.
pub(crate) trait Running {
    fn model(&mut self) -> &mut dyn Any;
    fn step(&self) -> u64;
    fn save(&self, path: &Path) -> Result<()>;
    fn weights(&self) -> State;
    fn set_weights(&mut self, weights: &State) -> Result<()>;
    fn learning_rate(&self) -> f64;
    fn set_learning_rate(&mut self, rate: f64);
    fn report(&mut self) -> Report;
    fn averages(&self) -> bool;
    fn swap_average(&mut self);
}

impl<'a> Training<'a> {
    pub(crate) fn new(running: &'a mut dyn Running, place: Place, requests: &'a mut Requests) -> Self {
        Training { running, place, requests }
    }

    /// This epoch; the first is 0.
    pub fn epoch(&self) -> usize {
        self.place.epoch
    }

    /// The epochs that the training was started for.
    pub fn epochs(&self) -> usize {
        self.place.epochs
    }

    /// The steps of this epoch that are done.
    pub fn batch(&self) -> usize {
        self.place.batch
    }

    /// The steps of an epoch, where that is known.
    pub fn batches(&self) -> Option<usize> {
        self.place.batches
    }

    /// The steps of the model in its life so far.
    pub fn step(&self) -> u64 {
        self.running.step()
    }

    /// The loss and the metrics of this epoch so far.
    pub fn report(&mut self) -> Report {
        self.running.report()
    }

    /// The names of what an epoch reports: `loss`, `accuracy`, `val_loss`, and what earlier callbacks
    /// [add](super::Callback::adds).
    pub fn names(&mut self) -> Vec<String> {
        let report = self.running.report();
        let mut names: Vec<String> = report.iter().map(|(name, _)| name.to_string()).collect();
        // At the end of an epoch the report has its validation already.
        let validation = names.iter().filter(|name| !name.starts_with("val_")).map(|name| format!("val_{name}"));
        let validation: Vec<String> = validation.filter(|_| self.place.validates).collect();
        for name in validation.iter().chain(&self.requests.added) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Will there be a value of that name?
    ///
    /// # Errors
    /// If not; the message lists the names that there are.
    pub fn expect(&mut self, name: &str, who: &str) -> Result<()> {
        let names = self.names();
        if names.iter().any(|known| known == name) || name == "learning_rate" {
            return Ok(());
        }
        let mut text = format!("{who} looks at `{name}`, but an epoch reports only {}", names.join(", "));
        if name.starts_with("val_") && !self.place.validates {
            text += "; add validation data: `Fit::epochs(..).validation(&data)`";
        }
        Err(Error::Training(text))
    }

    /// Did the training come to its end? False before it, and where it was interrupted in the middle of an epoch.
    pub fn complete(&self) -> bool {
        self.place.complete
    }

    /// A callback adds values of these names to the reports.
    pub(crate) fn added(&mut self, names: Vec<String>) {
        self.requests.added.extend(names);
    }

    /// Ends the training after this step (or this epoch).
    pub fn stop(&mut self) {
        self.requests.stop = true;
    }

    /// Is this the end?
    pub fn stopped(&self) -> bool {
        self.requests.stop
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.running.learning_rate()
    }

    /// Changes the learning rate; a schedule ends.
    pub fn set_learning_rate(&mut self, rate: f64) {
        self.running.set_learning_rate(rate);
    }

    /// A copy of all weights.
    pub fn weights(&self) -> State {
        self.running.weights()
    }

    /// Puts weights back that [`weights`](Training::weights) gave.
    ///
    /// # Errors
    /// If they are those of another model.
    pub fn set_weights(&mut self, weights: &State) -> Result<()> {
        self.running.set_weights(weights)
    }

    /// Does the optimizer keep a moving average of the weights?
    pub fn averages(&self) -> bool {
        self.running.averages()
    }

    /// Exchanges the weights and their moving average, until the next exchange.
    pub fn swap_average(&mut self) {
        self.running.swap_average();
    }

    /// Writes the weights to a file, as [`Model::save`](crate::model::Model::save) does.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        self.running.save(path.as_ref())
    }

    /// Writes a checkpoint, as soon as all callbacks have been called: weights, optimizer, place in the data, history and
    /// what the callbacks keep. Its weights can be loaded by [`Model::load`](crate::model::Model::load), too.
    pub fn save_checkpoint(&mut self, path: impl Into<PathBuf>) {
        self.requests.checkpoints.push(path.into());
    }

    /// Goes on from a checkpoint. Only before the first step: in [`on_train_begin`](super::Callback::on_train_begin).
    pub fn resume(&mut self, path: impl Into<PathBuf>) {
        self.requests.resume = Some(path.into());
    }

    /// The model, if this is its type.
    pub fn model<M: 'static>(&mut self) -> Option<&mut M> {
        self.running.model().downcast_mut()
    }
}
