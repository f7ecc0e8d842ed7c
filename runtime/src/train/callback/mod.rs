//! What happens between the steps and the epochs of a training.

mod backup;
mod csv_logger;
mod early_stopping;
mod interrupt;
mod lambda;
mod learning_rate;
mod model_checkpoint;
mod monitor;
mod swap_ema;
#[cfg(feature = "tensorboard")]
mod tensorboard;
mod training;

pub use backup::BackupAndRestore;
pub use csv_logger::CSVLogger;
pub use early_stopping::EarlyStopping;
pub use interrupt::Interrupt;
pub use lambda::LambdaCallback;
pub use learning_rate::{LearningRateScheduler, ReduceLROnPlateau};
pub use model_checkpoint::ModelCheckpoint;
pub use monitor::Mode;
pub use swap_ema::SwapEMAWeights;
#[cfg(feature = "tensorboard")]
pub use tensorboard::TensorBoard;
pub use training::Training;
pub(crate) use training::{Place, Requests, Running};

use super::history::History;
use super::report::Report;
use super::state::State;
use crate::Result;

/// What is called between the steps and the epochs of `fit`: `Fit::epochs(5).callback(EarlyStopping::new("val_loss"))`.
///
/// All methods do nothing unless they are written. An `Err` ends the training with that error; the model stays as the
/// last step left it.
///
/// ```
/// use formwork::prelude::*;
///
/// /// Ends a training that is good enough.
/// struct GoodEnough(f64);
///
/// impl Callback for GoodEnough {
///     fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
///         if report.loss < self.0 {
///             training.stop();
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Callback {
    /// Before the first step.
    fn on_train_begin(&mut self, _training: &mut Training<'_>) -> Result<()> {
        Ok(())
    }

    /// After the last step.
    fn on_train_end(&mut self, _training: &mut Training<'_>, _history: &History) -> Result<()> {
        Ok(())
    }

    /// Before the first step of an epoch.
    fn on_epoch_begin(&mut self, _training: &mut Training<'_>) -> Result<()> {
        Ok(())
    }

    /// After the last step of an epoch and after its validation. What is added to the report goes into the history.
    fn on_epoch_end(&mut self, _training: &mut Training<'_>, _report: &mut Report) -> Result<()> {
        Ok(())
    }

    /// Before a step.
    fn on_batch_begin(&mut self, _training: &mut Training<'_>) -> Result<()> {
        Ok(())
    }

    /// After a step; [`Training::report`] has the loss and the metrics of the epoch so far.
    fn on_batch_end(&mut self, _training: &mut Training<'_>) -> Result<()> {
        Ok(())
    }

    /// Before the validation of an epoch.
    fn on_test_begin(&mut self, _training: &mut Training<'_>) -> Result<()> {
        Ok(())
    }

    /// After the validation of an epoch.
    fn on_test_end(&mut self, _training: &mut Training<'_>) -> Result<()> {
        Ok(())
    }

    /// The names of the values that [`on_epoch_end`](Callback::on_epoch_end) adds to the report: callbacks that come later may
    /// look at them.
    fn adds(&self) -> Vec<String> {
        Vec::new()
    }

    /// What a checkpoint must hold so that a training that goes on behaves as if it had never stopped.
    fn state(&self) -> State {
        State::new()
    }

    /// Takes back what [`state`](Callback::state) gave.
    fn restore(&mut self, _state: &State) {}
}

impl<C: Callback + ?Sized> Callback for &mut C {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        (**self).on_train_begin(training)
    }

    fn on_train_end(&mut self, training: &mut Training<'_>, history: &History) -> Result<()> {
        (**self).on_train_end(training, history)
    }

    fn on_epoch_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        (**self).on_epoch_begin(training)
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
        (**self).on_epoch_end(training, report)
    }

    fn on_batch_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        (**self).on_batch_begin(training)
    }

    fn on_batch_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        (**self).on_batch_end(training)
    }

    fn on_test_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        (**self).on_test_begin(training)
    }

    fn on_test_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        (**self).on_test_end(training)
    }

    fn adds(&self) -> Vec<String> {
        (**self).adds()
    }

    fn state(&self) -> State {
        (**self).state()
    }

    fn restore(&mut self, state: &State) {
        (**self).restore(state);
    }
}
