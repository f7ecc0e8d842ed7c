//! One training step, which lets neither NaN nor infinity into the weights.

use super::Gradients;
use super::engine::{self, Ready, Values};
use super::loss::Loss;
use super::metric::Metrics;
use super::optimizer::Optimizer;
use crate::model::{Model, Peek};
use crate::{Error, Real, Result};

/// A training step on a batch, unless NaN or infinity would get into the weights; `place` says where that was in the training.
pub(crate) fn step<M: Model, O: Optimizer<M::Element>>(
    model: &mut M,
    optimizer: &mut O,
    metrics: &mut impl Metrics<M::Element>,
    losses: &[&dyn Loss<M::Element>],
    batch: &Ready<'_, M::Element>,
    gradients: &mut Gradients<M::Element>,
    place: impl FnOnce(u64) -> String,
) -> Result<Values> {
    let factored = optimizer.takes_factors();
    let values = engine::train(model, batch, losses, metrics, (&mut *gradients, factored), optimizer.loss_scale())?;
    if !optimizer.skips_non_finite() || !values.total.is_finite() {
        let step = model.core().step;
        let most = optimizer.largest_gradient();
        finite(model, batch.rows, &values, (&mut *gradients, most), || place(step))?;
    }
    optimizer.apply(model, gradients);
    model.core_mut().step += 1;
    Ok(values)
}

/// What no finite number exceeds.
pub(crate) fn largest_finite<T: Real>() -> T {
    T::max_value()
}

/// Stops before NaN, infinity or a gradient larger than `most` gets into the weights, and says where it came from.
pub(crate) fn finite<M: Model>(
    model: &mut M,
    rows: usize,
    values: &Values,
    (gradients, most): (&mut Gradients<M::Element>, M::Element),
    place: impl FnOnce() -> String,
) -> Result<()> {
    let problem = if !values.total.is_finite() {
        let loss = format!("the loss is {}", values.total);
        match first_bad_layer(model, rows) {
            Some(layer) => format!("{loss}, and the first layer whose output is not finite is {layer},"),
            None => format!("{loss}, though the outputs of all layers are finite,"),
        }
    } else if let Some(bad) = gradients.first_beyond(most) {
        let (variable, value) = (gradients.variable(bad).unwrap_or_default(), gradients.as_slice()[bad].wide());
        let value =
            if value.is_finite() { format!("{value:.3e}, too much for the optimizer,") } else { value.to_string() };
        format!("the gradient of the loss with respect to `{variable}` holds {value}")
    } else {
        return Ok(());
    };
    let place = place();
    Err(Error::Training(format!("{problem} {place}: try a smaller learning rate, or scale the inputs")))
}

/// The first layer that left NaN or infinity in the forward pass of this step.
fn first_bad_layer<M: Model>(model: &mut M, rows: usize) -> Option<String> {
    let frame = model.core_mut().take_training();
    let bad = M::GRAPH.layers.iter().find(|row| {
        let Some((slot, shape)) = row.home.and_then(|slot| Some((slot, frame.edges.get(row.edge)?))) else {
            return false;
        };
        frame.workspace.value(slot, rows, shape).is_some_and(|data| M::Element::first_non_finite(data).is_some())
    });
    model.core_mut().keep(frame);
    bad.map(|row| format!("`{}` ({})", row.name, row.layer))
}
