use super::{Callback, Training};
use crate::train::report::Report;
use crate::train::state::State;
use crate::{Error, Result};

/// Validates with the moving average of the weights (`Adam::new(1e-3).use_ema(0.99)`), and trains on with the weights.
///
/// With [`swap_on_epoch`](SwapEMAWeights::swap_on_epoch) the average is in place at the end of each epoch instead, so that
/// callbacks that come later save it, and the weights come back before the next epoch.
#[derive(Clone, Debug, Default)]
pub struct SwapEMAWeights {
    swap_on_epoch: bool,
    swapped: bool,
}

impl SwapEMAWeights {
    /// Swaps around each validation.
    pub fn new() -> Self {
        Self::default()
    }

    /// Swaps at the end of each epoch instead, and back before the next one; false by default.
    pub fn swap_on_epoch(mut self, swap: bool) -> Self {
        self.swap_on_epoch = swap;
        self
    }

    fn swap(&mut self, training: &mut Training<'_>, to_average: bool) {
        if self.swapped != to_average {
            training.swap_average();
            self.swapped = to_average;
        }
    }
}

impl Callback for SwapEMAWeights {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.swapped = false;
        if training.averages() {
            return Ok(());
        }
        Err(Error::Training(
            "SwapEMAWeights needs an optimizer that averages the weights: `Adam::new(1e-3).use_ema(0.99)`".to_string(),
        ))
    }

    fn on_epoch_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.swap(training, false);
        Ok(())
    }

    fn on_test_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        if !self.swap_on_epoch {
            self.swap(training, true);
        }
        Ok(())
    }

    fn on_test_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        if !self.swap_on_epoch {
            self.swap(training, false);
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, _: &mut Report) -> Result<()> {
        if self.swap_on_epoch {
            self.swap(training, true);
        }
        Ok(())
    }

    fn state(&self) -> State {
        let mut state = State::new();
        state.put_number("swapped", f64::from(u8::from(self.swapped)));
        state
    }

    fn restore(&mut self, state: &State) {
        self.swapped = state.number("swapped") == Some(1.0);
    }
}
