//! What every model can do beside predicting.

use super::loss::Losses;
use super::room::Room;
use super::step::{finite, largest_finite};
use super::tape::Tape;
use super::{Gradients, TargetsFor, engine};
use crate::data::Weights;
use crate::model::{Batch, Model};
use crate::{Error, Result};

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
        let mut gradients = Gradients::zeros(&*self);
        let loss = self.gradients_into(inputs, targets, losses, &mut gradients)?;
        Ok((loss, gradients))
    }

    /// As [`gradients`](Trainable::gradients), into gradients that exist; allocates nothing once it has run for as many
    /// rows.
    ///
    /// # Errors
    /// As [`gradients`](Trainable::gradients), and if `gradients` are laid out for another model.
    fn gradients_into<Y, L>(
        &mut self,
        inputs: Self::Inputs<'_>,
        targets: &Y,
        losses: &L,
        gradients: &mut Gradients<Self::Element>,
    ) -> Result<f64>
    where
        Y: Batch<Self::Element> + TargetsFor<L>,
        L: Losses<Self::Element>,
        Self: Measured<L>,
    {
        let mut room = self.core_mut().take_room().unwrap_or_else(|| Box::new(Room::new(&*self)));
        let result = gradients_in(self, &inputs, targets, losses, gradients, &mut room);
        self.core_mut().keep_room(room);
        result
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

fn gradients_in<M: Model, Y: Batch<M::Element>, L: Losses<M::Element>>(
    model: &mut M,
    inputs: &M::Inputs<'_>,
    targets: &Y,
    losses: &L,
    gradients: &mut Gradients<M::Element>,
    room: &mut Room<M::Element>,
) -> Result<f64> {
    if !gradients.lengths().eq(room.gradients.lengths()) {
        return Err(Error::data(format!("these gradients are not laid out for {}", M::GRAPH.name)));
    }
    let (inputs, targets, losses) = (inputs.sources(), targets.sources(), losses.each());
    let rows = room.check_batch::<M>(inputs.as_ref(), targets.as_ref(), losses.as_ref())?;
    let (batch, _) = room.whole(inputs.as_ref(), targets.as_ref(), &Weights::default(), rows)?;
    let values = engine::train(model, &batch, losses.as_ref(), &mut (), (&mut *gradients, false), 1.0)?;
    let step = model.core().step;
    finite(model, batch.rows, &values, (gradients, largest_finite()), || format!("in step {step}"))?;
    model.core_mut().step += 1;
    Ok(values.total)
}

impl<M: Model> Trainable for M {}
