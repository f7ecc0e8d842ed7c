//! One pass over one batch, for training and for evaluation. It orchestrates: all loops over numbers are elsewhere.

use formwork_shape::Shape;
use smallvec::SmallVec;

use super::Gradients;
use super::check;
use super::loss::{Comparison, Loss};
use super::metric::Metrics;
use crate::kernel::Pass;
use crate::model::{Frame, Model, Views};
use crate::penalty;
use crate::threads::Threads;
use crate::view::View;
use crate::weights::{Parameters, Variable};
use crate::{Error, Real, Result};

/// The losses of a batch: of all outputs together, and of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values {
    pub(crate) total: f64,
    pub(crate) outputs: SmallVec<[f64; 4]>,
}

/// A batch that has been checked and brought together.
pub(crate) struct Ready<'a, T> {
    pub(crate) rows: usize,
    /// The shapes of the inputs.
    pub(crate) shapes: &'a [Shape],
    pub(crate) x: Views<'a, T>,
    pub(crate) targets: Views<'a, T>,
    /// For each output.
    pub(crate) weights: SmallVec<[Option<&'a [T]>; 4]>,
}

impl<'a, T> Ready<'a, T> {
    /// How much the samples, or their rows, count for an output.
    fn weights(&self, output: usize) -> Option<&'a [T]> {
        self.weights.get(output).copied().flatten()
    }
}

/// The forward and the backward pass of a training step; `gradients` are overwritten by those of the loss times `scale`, the
/// weights stay. If `factored`, large gradients may be left as factors.
pub(crate) fn train<M: Model>(
    model: &mut M,
    batch: &Ready<'_, M::Element>,
    losses: &[&dyn Loss<M::Element>],
    metrics: &mut impl Metrics<M::Element>,
    (gradients, factored): (&mut Gradients<M::Element>, bool),
    scale: f64,
) -> Result<Values> {
    let mut frame = model.core_mut().take_training();
    let result = train_in(model, batch, losses, metrics, (gradients, factored, scale), &mut frame);
    model.core_mut().keep(frame);
    result
}

fn train_in<M: Model>(
    model: &mut M,
    batch: &Ready<'_, M::Element>,
    losses: &[&dyn Loss<M::Element>],
    metrics: &mut impl Metrics<M::Element>,
    (gradients, factored, scale): (&mut Gradients<M::Element>, bool, f64),
    frame: &mut Frame<M::Element, M::Training>,
) -> Result<Values> {
    let Frame { edges, workspace, .. } = frame;
    M::shapes(batch.shapes, edges).map_err(|message| Error::data(message.as_str()))?;
    let core = model.core();
    let threads = Threads::global();
    let pass =
        Pass { batch: batch.rows, threads, seed: core.seed, step: core.step, input_gradients: false, inference: false };
    penalty::take_activity();
    model.train(&pass, edges, &batch.x, workspace);
    let mut values = losses_in::<M>(batch, losses, metrics, edges, (workspace, scale))?;
    values.total += penalty::take_activity();
    if values.total.is_finite() {
        penalty::scaled(scale, || model.backward(&pass, edges, &batch.x, workspace, gradients.target(factored)));
        values.total += regularize(&*model, Some(gradients.as_mut_slice()), scale);
    }
    Ok(values)
}

/// The losses of what a forward pass in training has left, and their gradients with respect to the outputs.
pub(crate) fn losses<M: Model>(
    batch: &Ready<'_, M::Element>,
    losses: &[&dyn Loss<M::Element>],
    metrics: &mut impl Metrics<M::Element>,
    frame: &mut Frame<M::Element, M::Training>,
) -> Result<Values> {
    let Frame { edges, workspace, .. } = frame;
    losses_in::<M>(batch, losses, metrics, edges, (workspace, 1.0))
}

fn losses_in<M: Model>(
    batch: &Ready<'_, M::Element>,
    losses: &[&dyn Loss<M::Element>],
    metrics: &mut impl Metrics<M::Element>,
    edges: &[Shape],
    (workspace, scale): (&mut M::Training, f64),
) -> Result<Values> {
    let mut values = Values::default();
    let outputs = M::trained(workspace, batch.rows, edges, &batch.x);
    let (mut y, mut masks) = (Views::new(), SmallVec::<[_; 4]>::new());
    let pairs = losses.iter().zip(M::GRAPH.outputs);
    for (k, ((slot, target), (loss, port))) in outputs.into_iter().zip(&batch.targets).zip(pairs).enumerate() {
        check::lengths(port, *loss, slot.y.shape(), target)?;
        let mask = mask(&slot.y, slot.mask);
        let (output, sample_weights, dy) = (slot.y, batch.weights(k), slot.dy);
        check::weights(port, *loss, &output, sample_weights)?;
        let comparison = Comparison { output, target: *target, sample_weights, mask, gradient: Some(&mut *dy) };
        values.add(*loss, loss.compute(comparison));
        if scale != 1.0 {
            let scale = M::Element::of(scale);
            dy.iter_mut().for_each(|d| *d *= scale);
        }
        y.push(output);
        masks.push(mask);
    }
    measure(metrics, &y, &masks, batch);
    Ok(values)
}

/// The forward pass of an evaluation.
pub(crate) fn evaluate<M: Model>(
    model: &M,
    batch: &Ready<'_, M::Element>,
    losses: &[&dyn Loss<M::Element>],
    metrics: &mut impl Metrics<M::Element>,
) -> Result<Values> {
    let mut frame = model.core().take();
    let result = evaluate_in(model, batch, losses, metrics, &mut frame);
    model.core().give_back(frame);
    result
}

fn evaluate_in<M: Model>(
    model: &M,
    batch: &Ready<'_, M::Element>,
    losses: &[&dyn Loss<M::Element>],
    metrics: &mut impl Metrics<M::Element>,
    frame: &mut Frame<M::Element, M::Inference>,
) -> Result<Values> {
    let Frame { edges, workspace, .. } = frame;
    M::shapes(batch.shapes, edges).map_err(|message| Error::data(message.as_str()))?;
    let core = model.core();
    let threads = Threads::global();
    let pass = Pass {
        batch: batch.rows,
        threads,
        seed: core.seed,
        step: core.next_inference(),
        input_gradients: false,
        inference: false,
    };
    penalty::take_activity();
    model.infer(&pass, edges, &batch.x, workspace);
    let y = M::inferred(workspace, batch.rows, edges, &batch.x);
    let mut values = Values { total: penalty::take_activity() + regularize(model, None, 1.0), ..Values::default() };
    let outputs = losses.iter().zip(M::GRAPH.outputs);
    let mut masks = SmallVec::<[_; 4]>::new();
    for (k, ((y_k, target), (loss, port))) in y.iter().zip(&batch.targets).zip(outputs).enumerate() {
        check::lengths(port, *loss, y_k.shape(), target)?;
        let mask = mask(y_k, y.get(M::GRAPH.outputs.len() + k).filter(|mask| mask.is_mask()).copied());
        let (output, sample_weights) = (*y_k, batch.weights(k));
        check::weights(port, *loss, &output, sample_weights)?;
        let comparison = Comparison { output, target: *target, sample_weights, mask, gradient: None };
        values.add(*loss, loss.compute(comparison));
        masks.push(mask);
    }
    measure(metrics, &y, &masks, batch);
    Ok(values)
}

/// What the weights add to the loss; their slopes times `scale` are added to the gradient.
pub(crate) fn regularize<T: Real>(model: &dyn Parameters<T>, gradient: Option<&mut [T]>, scale: f64) -> f64 {
    let mut sum = 0.0;
    finish(model, gradient, |variable, gradient| sum += variable.penalty(gradient, scale));
    sum
}

/// Calls `f` with each trainable variable and its gradient. That of a frozen one becomes 0, whatever the backward pass has left
/// there.
pub(crate) fn finish<T: Real>(
    model: &dyn Parameters<T>,
    mut gradient: Option<&mut [T]>,
    mut f: impl FnMut(&Variable<T>, Option<&mut [T]>),
) {
    model.visit("", &mut |_, variable| {
        if !variable.has_gradient() {
            return;
        }
        let gradient = gradient.as_mut().and_then(|rest| rest.split_off_mut(..variable.data().len()));
        if variable.trainable() {
            f(variable, gradient);
        } else if let Some(gradient) = gradient {
            gradient.fill(T::zero());
        }
    });
}

impl Values {
    fn add<T: Real>(&mut self, loss: &dyn Loss<T>, value: f64) {
        self.total += loss.weight() * value;
        self.outputs.push(value);
    }
}

/// The mask of an output, if it has one value for each row of the output's last axis.
fn mask<'a, T: Real>(y: &View<'_, T>, mask: Option<View<'a, T>>) -> Option<&'a [T]> {
    mask.map(|mask| mask.data()).filter(|mask| mask.len() * y.last() == y.data().len())
}

/// As in Keras, weights of samples count for some metrics only; what of the mask counts is up to each of them.
fn measure<T: Real>(metrics: &mut impl Metrics<T>, y: &[View<'_, T>], masks: &[Option<&[T]>], batch: &Ready<'_, T>) {
    metrics.visit(0, &mut |output, metric| {
        let sample_weights = batch.weights(output).filter(|_| metric.weighted());
        metric.update(Comparison {
            output: y[output],
            target: batch.targets[output],
            sample_weights,
            mask: masks[output],
            gradient: None,
        });
    });
}
