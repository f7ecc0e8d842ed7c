//! How a training step changes the weights.

mod adam;
mod adaptive;
mod common;
mod decay;
mod ftrl;
mod moments;
mod schedule;
mod sgd;
mod step;

pub use adam::{Adam, AdamW};
pub use adaptive::{Adadelta, Adagrad, RMSprop};
pub use decay::{
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay,
};
pub use ftrl::Ftrl;
pub use moments::{Adamax, Lion, Nadam};
pub use schedule::{Rate, Schedule};
pub use sgd::SGD;

use common::{Common, builders};
use step::Rule;

use crate::Real;
use crate::train::Gradients;
use crate::weights::Parameters;

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

    /// The learning rate of the next step.
    fn learning_rate(&self) -> f64;

    /// Changes the learning rate; a schedule ends.
    fn set_learning_rate(&mut self, rate: f64);
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

            fn learning_rate(&self) -> f64 {
                self.common.learning_rate()
            }

            fn set_learning_rate(&mut self, rate: f64) {
                self.common.rate = rate.into();
            }
        }
    };
}
use optimizer;
