//! What every model can do beside predicting.

use super::compiled::finite;
use super::loss::Losses;
use super::room::Room;
use super::tape::Tape;
use super::{Gradients, TargetsFor, engine};
use crate::Result;
use crate::model::{Batch, Model};

/// The losses or metrics `C` fit the outputs of this model. The macro implements it for each model.
#[diagnostic::on_unimplemented(
    message = "`{C}` does not fit the outputs of `{Self}`",
    label = "does not fit the outputs",
    note = "hint: a model with several outputs takes its own struct of losses and of metrics, one for each output"
)]
pub trait Measured<C> {}

/// A model that can be trained by a loop of one's own.
pub trait Trainable: Model {
    /// The loss of a batch, and its gradient with respect to the trainable variables. The weights stay as they are.
    ///
    /// # Errors
    /// If the batch does not fit the model, or if the loss or its gradient is NaN or infinite.
    fn gradients<Y, L>(
        &mut self,
        inputs: Self::Inputs<'_>,
        targets: &Y,
        losses: &L,
    ) -> Result<(f64, Gradients<Self::Element>)>
    where
        Y: Batch<Self::Element> + TargetsFor<L>,
        L: Losses<Self::Element>,
        Self: Measured<L>,
    {
        let mut room = Room::new(&*self);
        let (inputs, targets, losses) = (inputs.sources(), targets.sources(), losses.each());
        let rows = room.check_batch::<Self>(inputs.as_ref(), targets.as_ref(), losses.as_ref())?;
        let (batch, gradients) = room.whole(inputs.as_ref(), targets.as_ref(), rows)?;
        let values = engine::train(self, &batch, losses.as_ref(), &mut (), gradients.as_mut_slice())?;
        let step = self.core().step;
        finite(self, batch.rows, &values, gradients, || format!("in step {step}"))?;
        drop(batch);
        self.core_mut().step += 1;
        Ok((values.total, room.gradients))
    }

    /// A forward pass in training that can be gone back along: from a loss, or from gradients of the outputs; to the weights
    /// and to the inputs.
    ///
    /// # Errors
    /// If the inputs do not fit the model.
    fn record<'x>(&mut self, inputs: Self::Inputs<'x>) -> Result<Tape<'_, 'x, Self>> {
        Tape::record(self, inputs)
    }
}

impl<M: Model> Trainable for M {}
