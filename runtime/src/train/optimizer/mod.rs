//! How a training step changes the weights.

mod adafactor;
mod adam;
mod adaptive;
mod betas;
mod common;
mod decay;
mod defaults;
mod ftrl;
mod lamb;
mod loss_scale;
mod memory;
mod moments;
mod multi;
mod muon;
mod schedule;
mod schedule_free;
mod settle;
mod sgd;
mod step;

pub use adafactor::Adafactor;
pub use adam::{Adam, AdamW};
pub use adaptive::{Adadelta, Adagrad, RMSprop};
pub use decay::{
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay,
};
pub use ftrl::Ftrl;
pub use lamb::Lamb;
pub use loss_scale::LossScaleOptimizer;
pub use moments::{Adamax, Lion, Nadam};
pub use multi::MultiOptimizer;
pub use muon::Muon;
pub use schedule::{Rate, Schedule};
pub use schedule_free::ScheduleFreeAdamW;
pub use sgd::SGD;

use common::{Common, builders};
use step::Rule;

use crate::train::{Gradients, State};
use crate::weights::Parameters;
use crate::{Real, Result};

/// A rule that changes the weights of a model by a gradient.
///
/// ```text
/// let (loss, gradients) = model.gradients(inputs, &targets, &loss)?;
/// optimizer.apply(&mut model, &gradients);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no optimizer",
    label = "not an optimizer",
    note = "hint: the optimizer comes first, then the loss: `.compile(Adam::new(1e-3), MeanSquaredError::new())`"
)]
pub trait Optimizer<T: Real>: Send + Sync + 'static {
    /// One step.
    ///
    /// # Panics
    /// If the gradients are those of another model.
    fn apply(&mut self, model: &mut dyn Parameters<T>, gradients: &Gradients<T>);

    /// The end of training: weights that were averaged on the way take the place of the last ones.
    fn finish(&mut self, _model: &mut dyn Parameters<T>) {}

    /// Does it keep a moving average of the weights?
    fn averages(&self) -> bool {
        false
    }

    /// Exchanges the weights and their moving average, if there is one.
    fn swap_average(&mut self, _model: &mut dyn Parameters<T>) {}

    /// What the loss is multiplied by before its gradient is taken; [`apply`](Optimizer::apply) divides by it.
    fn loss_scale(&self) -> f64 {
        1.0
    }

    /// Is a gradient that holds NaN or infinity left out, rather than that it ends the training?
    fn skips_non_finite(&self) -> bool {
        false
    }

    /// The largest size of a number in a gradient that [`apply`](Optimizer::apply) takes: a larger one ends the training.
    fn largest_gradient(&self) -> T {
        T::max_value()
    }

    /// Does [`apply`](Optimizer::apply) take gradients of which only the factors are known?
    #[doc(hidden)]
    fn takes_factors(&self) -> bool {
        false
    }

    /// The learning rate of the next step.
    fn learning_rate(&self) -> f64;

    /// Changes the learning rate; a schedule ends.
    fn set_learning_rate(&mut self, rate: f64);

    /// Do the settings make sense for this model? Asked before training.
    ///
    /// # Errors
    /// If not; the message names the setting and the values that it may have.
    fn check(&self, _model: &dyn Parameters<T>) -> Result<()> {
        Ok(())
    }

    /// What a checkpoint must hold so that the next step is the same as if training had never stopped.
    fn state(&self) -> State {
        State::new()
    }

    /// Can [`restore`](Optimizer::restore) take this back for this model?
    ///
    /// # Errors
    /// If it is the state of another optimizer or model.
    fn check_state(&self, _model: &dyn Parameters<T>, _state: &State) -> Result<(), String> {
        Ok(())
    }

    /// Takes back what [`state`](Optimizer::state) gave.
    fn restore(&mut self, _state: &State) {}
}

/// Compiles a rule for both element types in this crate.
macro_rules! optimizer {
    ($optimizer:ident) => {
        optimizer! { @ f32 $optimizer }
        optimizer! { @ f64 $optimizer }
    };
    (@ $t:ident $optimizer:ident) => {
        impl $crate::train::Optimizer<$t> for $optimizer {
            fn apply(
                &mut self,
                model: &mut dyn $crate::weights::Parameters<$t>,
                gradients: &$crate::train::Gradients<$t>,
            ) {
                $crate::train::optimizer::step::apply(&mut self.rule, &mut self.common, model, gradients);
            }

            fn finish(&mut self, model: &mut dyn $crate::weights::Parameters<$t>) {
                $crate::train::optimizer::step::finish(&mut self.common, model);
            }

            fn averages(&self) -> bool {
                self.common.average.is_some()
            }

            fn swap_average(&mut self, model: &mut dyn $crate::weights::Parameters<$t>) {
                $crate::train::optimizer::step::swap(&mut self.common, model);
            }

            fn loss_scale(&self) -> f64 {
                self.common.loss_scale()
            }

            fn largest_gradient(&self) -> $t {
                $crate::train::optimizer::step::largest_gradient(&self.rule, &self.common)
            }

            fn takes_factors(&self) -> bool {
                $crate::train::optimizer::step::takes_factors(&self.rule, &self.common)
            }

            fn learning_rate(&self) -> f64 {
                self.common.learning_rate()
            }

            fn set_learning_rate(&mut self, rate: f64) {
                self.common.rate = rate.into();
            }

            fn check(&self, model: &dyn $crate::weights::Parameters<$t>) -> $crate::Result<()> {
                self.common.check(&self.rule, model)
            }

            fn state(&self) -> $crate::train::State {
                $crate::train::optimizer::memory::state::<$t, _>(&self.rule, &self.common)
            }

            fn check_state(
                &self,
                model: &dyn $crate::weights::Parameters<$t>,
                state: &$crate::train::State,
            ) -> Result<(), String> {
                $crate::train::optimizer::memory::check(&self.rule, &self.common, model, state)
            }

            fn restore(&mut self, state: &$crate::train::State) {
                $crate::train::optimizer::memory::restore::<$t, _>(&mut self.rule, &mut self.common, state);
            }
        }
    };
}
use optimizer;
