//! A forward pass that can be gone back along: losses and gradients by hand.

use formwork_shape::Kind;

use super::loss::Losses;
use super::room::Room;
use super::step::{finite, largest_finite};
use super::{Gradients, Measured, TargetsFor, engine};
use crate::buffer::Buffer;
use crate::data::Weights;
use crate::kernel::Pass;
use crate::model::{Batch, Frame, Model, Outputs, Source, Views};
use crate::threads::Threads;
use crate::view::View;
use crate::{Error, Real, Result, penalty};

/// A forward pass of a model in training, and the way back along it. [`Trainable::record`](super::Trainable::record) makes
/// one.
///
/// ```
/// use formwork::ndarray::array;
/// use formwork::prelude::*;
///
/// model!(
///     fn Scale(x: Input<2>) -> Output<2> {
///         tanh(x) * 2.0
///     }
/// );
///
/// # fn main() -> Result<()> {
/// let mut model = Scale::new(1);
/// let x = array![[0.0, 0.0]];
/// let mut tape = model.record(ScaleInputs { x: &x })?;
/// assert_eq!(tape.outputs().output, array![[0.0, 0.0]]);
/// // The slope of tanh at 0 is 1.
/// let back = tape.backward(&ScaleOutputs { output: array![[1.0, 10.0]] })?;
/// assert_eq!(back.inputs.x, array![[2.0, 20.0]]);
/// # Ok(())
/// # }
/// ```
pub struct Tape<'m, 'x, M: Model> {
    model: &'m mut M,
    inputs: M::Inputs<'x>,
    /// Until it is dropped.
    frame: Option<Box<Frame<M::Element, M::Training>>>,
    room: Room<M::Element>,
    rows: usize,
    seed: u64,
    step: u64,
    /// What activations add to the loss.
    activity: f64,
}

/// The gradients that a way back along a [`Tape`] has left.
#[derive(Clone, Debug)]
pub struct Back<M: Model> {
    /// With respect to the trainable variables, for an optimizer.
    pub weights: Gradients<M::Element>,
    /// With respect to the inputs: a struct with an array a name. Ids and masks have none.
    pub inputs: M::InputGradients,
}

impl<M: Model> std::fmt::Debug for Tape<'_, '_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape").field("model", &M::GRAPH.name).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl<'m, 'x, M: Model> Tape<'m, 'x, M> {
    pub(crate) fn record(model: &'m mut M, inputs: M::Inputs<'x>) -> Result<Self> {
        let mut room = Room::new(&*model);
        let rows = room.check_inputs::<M>(inputs.sources().as_ref())?;
        let (seed, step) = (model.core().seed, model.core().step);
        let frame = Some(model.core_mut().take_training());
        let mut tape = Tape { model, inputs, frame, room, rows, seed, step, activity: 0.0 };
        let pass = tape.pass();
        let Tape { model, inputs, frame: Some(frame), room, .. } = &mut tape else { unreachable!("it was put there") };
        let sources = inputs.sources();
        let (batch, _) = room.whole(sources.as_ref(), &[], &Weights::default(), rows)?;
        M::shapes(batch.shapes, &mut frame.edges).map_err(|message| Error::data(message.as_str()))?;
        penalty::take_activity();
        model.train(&pass, &frame.edges, &batch.x, &mut frame.workspace);
        drop((batch, sources));
        tape.activity = penalty::take_activity();
        Ok(tape)
    }

    fn pass(&self) -> Pass<'static> {
        let Tape { rows, seed, step, .. } = *self;
        Pass { batch: rows, threads: Threads::global(), seed, step, input_gradients: true, inference: false }
    }

    /// What the model computed.
    pub fn outputs(&mut self) -> M::Outputs {
        let Tape { inputs, frame: Some(frame), room, rows, .. } = self else { unreachable!("only a drop takes it") };
        let sources = inputs.sources();
        let (batch, _) =
            room.whole(sources.as_ref(), &[], &Weights::default(), *rows).expect("the forward pass has read them, too");
        let Frame { workspace, edges, .. } = &mut **frame;
        let outputs = M::trained(workspace, *rows, edges, &batch.x);
        let views: Views<'_, M::Element> = outputs.into_iter().map(|slot| slot.y).collect();
        M::Outputs::new(&views, *rows)
    }

    /// The loss of what the model computed, and its gradients.
    ///
    /// # Errors
    /// If the targets do not fit the model, or if the loss or its gradient is NaN or infinite.
    pub fn gradients<Y, L>(mut self, targets: &Y, losses: &L) -> Result<(f64, Back<M>)>
    where
        Y: Batch<M::Element> + TargetsFor<L>,
        L: Losses<M::Element>,
        M: Measured<L>,
    {
        let pass = self.pass();
        let Tape { model, inputs, frame, room, rows, step, activity, .. } = &mut self;
        let (sources, targets, losses) = (inputs.sources(), targets.sources(), losses.each());
        room.check_batch::<M>(sources.as_ref(), targets.as_ref(), losses.as_ref())?;
        let (batch, gradients) = room.whole(sources.as_ref(), targets.as_ref(), &Weights::default(), *rows)?;
        let Some(kept) = frame else { unreachable!("only a drop takes it") };
        let mut values = engine::losses::<M>(&batch, losses.as_ref(), &mut (), kept)?;
        values.total += *activity;
        if values.total.is_finite() {
            let Frame { workspace, edges, .. } = &mut **kept;
            model.backward(&pass, edges, &batch.x, workspace, gradients.target(false));
            values.total += engine::regularize(&**model, Some(gradients.as_mut_slice()), 1.0);
        }
        let mut back = back(&**kept, *rows, gradients);
        // Whoever looks for the layer that went wrong looks there.
        model.core_mut().keep(frame.take().unwrap_or_default());
        let result =
            finite(*model, *rows, &values, (&mut back.weights, largest_finite()), || format!("in step {step}"));
        *frame = Some(model.core_mut().take_training());
        result.map(|()| (values.total, back))
    }

    /// Goes back from gradients with respect to the outputs, such as another model's
    /// [`inputs`](Back::inputs).
    ///
    /// # Errors
    /// If their shapes are not those of the outputs.
    pub fn backward(mut self, outputs: &M::Outputs) -> Result<Back<M>> {
        let pass = self.pass();
        let Tape { model, inputs, frame: Some(frame), room, rows, .. } = &mut self else {
            unreachable!("only a drop takes it")
        };
        let (sources, given) = (inputs.sources(), outputs.sources());
        let (batch, gradients) = room.whole(sources.as_ref(), &[], &Weights::default(), *rows)?;
        let Frame { workspace, edges, .. } = &mut **frame;
        let slots = M::trained(workspace, *rows, edges, &batch.x);
        for ((slot, given), port) in slots.into_iter().zip(given.as_ref()).zip(M::GRAPH.outputs) {
            let (Source::Numbers(given), shape) = (given, slot.y.shape()) else { continue };
            if given.dims().first() != Some(rows) || given.dims()[1..] != *shape.dims() {
                return Err(Error::data(format!(
                    "the gradient of the output `{}` has shape {:?}, but {rows} rows of {:?} were computed",
                    port.name,
                    given.dims(),
                    shape.dims()
                )));
            }
            for (row, dy) in slot.dy.chunks_exact_mut(shape.size().max(1)).enumerate() {
                given.copy_row(row, dy);
            }
        }
        model.backward(&pass, edges, &batch.x, workspace, gradients.target(false));
        engine::finish(&**model, Some(gradients.as_mut_slice()), |_, _| ());
        Ok(back(&**frame, *rows, gradients))
    }
}

/// The next step draws other random numbers, and the memory is kept for it.
impl<M: Model> Drop for Tape<'_, '_, M> {
    fn drop(&mut self) {
        if let Some(frame) = self.frame.take() {
            self.model.core_mut().keep(frame);
        }
        self.model.core_mut().step += 1;
    }
}

/// Copies of the gradients that a backward pass has left.
fn back<M: Model>(frame: &Frame<M::Element, M::Training>, rows: usize, weights: &Gradients<M::Element>) -> Back<M> {
    let gradients = M::input_gradients(&frame.workspace, rows, &frame.edges);
    let floats = || M::GRAPH.inputs.iter().enumerate().filter(|(_, port)| port.kind == Kind::Float);
    // An input that no gradient reaches has a gradient of 0.
    let most = floats().map(|(place, _)| rows * frame.edges[place].size()).max().unwrap_or(0);
    let zeros = Buffer::zeros(most);
    let views: Views<'_, M::Element> = floats()
        .map(|(place, _)| {
            let shape = frame.edges[place];
            let data = gradients[place].unwrap_or(&zeros.as_slice()[..rows * shape.size()]);
            View::numbers(data, rows, shape)
        })
        .collect();
    Back { weights: weights.clone(), inputs: M::InputGradients::new(&views, rows) }
}

/// A model whose inputs have no gradients.
impl<T: Real> Outputs<T> for () {
    fn new(_: &[View<'_, T>], _: usize) -> Self {}

    fn store(&mut self, _: &[View<'_, T>], _: usize, _: usize) {}
}
