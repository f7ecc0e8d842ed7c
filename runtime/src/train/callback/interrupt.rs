use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Callback, Training};
#[cfg(feature = "ctrlc")]
use crate::Error;
use crate::{Result, files};

/// Ends a training from outside of it, after the step that is running: from another thread, or by Ctrl-C.
///
/// Copies share one switch: keep one, and give the other to [`Fit::callback`](crate::train::Fit::callback).
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    switch: Arc<AtomicBool>,
    checkpoint: Option<PathBuf>,
}

impl Interrupt {
    /// A switch that only [`stop`](Interrupt::stop) turns.
    pub fn new() -> Self {
        Self::default()
    }

    /// A switch that Ctrl-C turns, too, as do SIGTERM and SIGHUP. A second Ctrl-C ends the process.
    ///
    /// This is the only place in which Formwork installs a signal handler.
    ///
    /// # Errors
    /// If the process has such a handler already.
    #[cfg(feature = "ctrlc")]
    pub fn on_ctrl_c() -> Result<Self> {
        let interrupt = Self::new();
        let switch = Arc::clone(&interrupt.switch);
        let handler = move || {
            if switch.swap(true, Ordering::Relaxed) {
                // As the shell reports a program that Ctrl-C has ended.
                std::process::exit(130);
            }
        };
        ctrlc::set_handler(handler).map_err(|error| Error::Training(format!("Ctrl-C cannot be caught: {error}")))?;
        Ok(interrupt)
    }

    /// Writes a checkpoint before the training ends, from which [`BackupAndRestore`](super::BackupAndRestore) goes on.
    pub fn save_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.checkpoint = Some(path.into());
        self
    }

    /// Ends the training after this step.
    pub fn stop(&self) {
        self.switch.store(true, Ordering::Relaxed);
    }

    /// Has it been turned?
    pub fn stopped(&self) -> bool {
        self.switch.load(Ordering::Relaxed)
    }
}

impl Callback for Interrupt {
    fn on_train_begin(&mut self, _: &mut Training<'_>) -> Result<()> {
        self.checkpoint.as_deref().map_or(Ok(()), files::prepare)
    }

    fn on_batch_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        if self.stopped() {
            if let Some(path) = &self.checkpoint {
                training.save_checkpoint(path);
            }
            training.stop();
        }
        Ok(())
    }
}
