use std::path::PathBuf;

use super::{Callback, Training};
use crate::train::history::History;
use crate::train::report::Report;
use crate::train::state::State;
use crate::{Error, Result, files};

/// Survives the end of the process: writes a checkpoint after each epoch (or every so many steps), and goes on from it when
/// the same program is started again.
///
/// A training that was stopped anywhere, even by `kill -9`, and goes on ends with the same bits as one that was never
/// stopped. A checkpoint replaces the one before in one step. It is deleted when the training is complete, not when an error ended
/// it.
///
/// The optimizer goes on, too, with the learning rate that the checkpoint has, as in Keras: where the program has got another
/// one since, a note on the standard error says so, and [`LearningRateScheduler`](super::LearningRateScheduler) sets it.
#[derive(Clone, Debug)]
pub struct BackupAndRestore {
    path: PathBuf,
    every: Option<usize>,
    /// Steps since the last checkpoint after steps.
    since: usize,
    delete: bool,
}

impl BackupAndRestore {
    /// Keeps the checkpoint in this file; its folder is made.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        BackupAndRestore { path: path.into(), every: None, since: 0, delete: true }
    }

    /// Writes a checkpoint every so many steps, too (Keras' `save_freq`); only after each epoch by default.
    pub fn save_freq(mut self, steps: usize) -> Self {
        self.every = Some(steps);
        self
    }

    /// Whether the checkpoint is deleted when the training is complete; true by default.
    pub fn delete_checkpoint(mut self, delete: bool) -> Self {
        self.delete = delete;
        self
    }
}

impl Callback for BackupAndRestore {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        if self.every == Some(0) {
            return Err(Error::Training("BackupAndRestore every 0 steps saves nothing: give at least 1".to_string()));
        }
        files::prepare(&self.path)?;
        if self.path.exists() {
            training.resume(&self.path);
        }
        Ok(())
    }

    fn on_batch_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        let Some(every) = self.every else { return Ok(()) };
        self.since += 1;
        if self.since >= every {
            self.since = 0;
            training.save_checkpoint(&self.path);
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, _: &mut Report) -> Result<()> {
        training.save_checkpoint(&self.path);
        Ok(())
    }

    fn on_train_end(&mut self, training: &mut Training<'_>, _: &History) -> Result<()> {
        // What was interrupted goes on later.
        if self.delete && training.complete() && self.path.exists() {
            std::fs::remove_file(&self.path)
                .map_err(|error| Error::file(&self.path, format!("cannot be deleted: {error}")))?;
        }
        Ok(())
    }

    fn state(&self) -> State {
        let mut state = State::new();
        state.put_number("since", self.since as f64);
        state
    }

    fn restore(&mut self, state: &State) {
        self.since = state.number("since").unwrap_or(0.0) as usize;
    }
}
