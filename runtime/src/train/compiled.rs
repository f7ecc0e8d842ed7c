//! A model together with what trains it.

use std::ops::{Deref, DerefMut};

use super::data::Batches;
use super::engine::{self, Values};
use super::fit::{Fit, History, Validation};
use super::loss::Losses;
use super::metric::Metrics;
use super::optimizer::Optimizer;
use super::progress::Progress;
use super::report::{Log, Report};
use super::room::Room;
use super::{Measured, TargetsFor};
use crate::model::{Batch, Model};
use crate::weights::{Parameters, Variable};
use crate::{Error, Real, Result};

/// A model with an optimizer, a loss and metrics. It dereferences to the model.
#[derive(Debug)]
pub struct Compiled<M: Model, O, L, A = ()> {
    model: M,
    optimizer: O,
    losses: L,
    metrics: A,
    room: Room<M::Element>,
}

impl<M, O, L> Compiled<M, O, L>
where
    M: Model,
    O: Optimizer<M::Element>,
    L: Losses<M::Element>,
{
    /// What `model.compile(optimizer, loss)` returns.
    #[doc(hidden)]
    pub fn new(model: M, optimizer: O, losses: L) -> Self {
        let room = Room::new(&model);
        Compiled { model, optimizer, losses, metrics: (), room }
    }

    /// Measures this, too: one metric, a tuple of metrics, or for several outputs the model's struct of them.
    pub fn metrics<A: Metrics<M::Element>>(self, metrics: A) -> Compiled<M, O, L, A>
    where
        M: Measured<A>,
    {
        let Compiled { model, optimizer, losses, room, .. } = self;
        Compiled { model, optimizer, losses, metrics, room }
    }
}

impl<M, O, L, A> Compiled<M, O, L, A>
where
    M: Model,
    O: Optimizer<M::Element>,
    L: Losses<M::Element>,
    A: Metrics<M::Element>,
{
    /// Trains on all batches, several times.
    ///
    /// # Errors
    /// If the data do not fit the model, before any weight changes; or if the loss or its gradient becomes NaN or infinite, with the
    /// weights as the last good step left them.
    pub fn fit<Y, V>(&mut self, data: &Batches<M::Inputs<'_>, Y>, fit: Fit<V>) -> Result<History>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
        V: Validation<M, O, L, A>,
    {
        fit.validation.check(self)?;
        self.check(data)?;
        let mut history = History::default();
        for epoch in fit.initial_epoch..fit.epochs {
            let mut progress = Progress::start(fit.verbose, epoch, fit.epochs, data.len());
            let mut log = self.train_epoch(data, epoch, &mut progress)?;
            if let Some(report) = fit.validation.evaluate(self)? {
                log.add_validation(&report);
            }
            progress.finish(&log);
            history.push(epoch, log);
        }
        self.optimizer.finish(&mut self.model);
        Ok(history)
    }

    /// The loss and the metrics over all batches.
    ///
    /// # Errors
    /// If the data do not fit the model.
    pub fn evaluate<Y>(&mut self, data: &Batches<M::Inputs<'_>, Y>) -> Result<Report>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        self.check(data)?;
        let Compiled { model, losses, metrics, room, .. } = self;
        metrics.visit(0, &mut |_, metric| metric.reset());
        let (inputs, targets, losses) = (data.inputs().sources(), data.targets().sources(), losses.each());
        data.in_order(&mut room.order);
        let mut log = Log::default();
        for index in 0..data.len() {
            let rows = data.range(index);
            let (batch, _) = room.ready(inputs.as_ref(), targets.as_ref(), data.weights(), rows, true)?;
            log.add(batch.rows, &engine::evaluate(&*model, &batch, losses.as_ref(), metrics)?);
        }
        Ok(log.report(M::GRAPH, metrics))
    }

    /// One training step on one batch.
    ///
    /// # Errors
    /// If the batch does not fit the model, or if the loss or its gradient is NaN or infinite; the weights stay as they were.
    pub fn train_on_batch<Y>(&mut self, inputs: M::Inputs<'_>, targets: Y) -> Result<Report>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        let Compiled { model, optimizer, losses, metrics, room } = self;
        let (inputs, targets, losses) = (inputs.sources(), targets.sources(), losses.each());
        let rows = room.check_batch::<M>(inputs.as_ref(), targets.as_ref(), losses.as_ref())?;
        metrics.visit(0, &mut |_, metric| metric.reset());
        let (batch, gradients) = room.whole(inputs.as_ref(), targets.as_ref(), rows)?;
        let values = engine::train(model, &batch, losses.as_ref(), metrics, gradients.as_mut_slice())?;
        let step = model.core().step;
        finite(&values, gradients.as_slice(), || format!("in training step {step}"))?;
        optimizer.apply(model, gradients);
        model.core_mut().step += 1;
        let mut log = Log::default();
        log.add(rows, &values);
        Ok(log.report(M::GRAPH, metrics))
    }

    /// The loss and the metrics of one batch.
    ///
    /// # Errors
    /// If the batch does not fit the model.
    pub fn test_on_batch<Y>(&mut self, inputs: M::Inputs<'_>, targets: Y) -> Result<Report>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        let Compiled { model, losses, metrics, room, .. } = self;
        let (inputs, targets, losses) = (inputs.sources(), targets.sources(), losses.each());
        let rows = room.check_batch::<M>(inputs.as_ref(), targets.as_ref(), losses.as_ref())?;
        metrics.visit(0, &mut |_, metric| metric.reset());
        let (batch, _) = room.whole(inputs.as_ref(), targets.as_ref(), rows)?;
        let mut log = Log::default();
        log.add(rows, &engine::evaluate(&*model, &batch, losses.as_ref(), metrics)?);
        Ok(log.report(M::GRAPH, metrics))
    }

    /// Checks a whole data set against the model.
    pub(crate) fn check<Y: Batch<M::Element>>(&mut self, data: &Batches<M::Inputs<'_>, Y>) -> Result<()> {
        data.check()?;
        let (inputs, targets, losses) = (data.inputs().sources(), data.targets().sources(), self.losses.each());
        self.room.check::<M>(inputs.as_ref(), targets.as_ref(), losses.as_ref())?;
        Ok(())
    }

    fn train_epoch<Y: Batch<M::Element>>(
        &mut self,
        data: &Batches<M::Inputs<'_>, Y>,
        epoch: usize,
        progress: &mut Progress,
    ) -> Result<Report> {
        // A validation between two epochs has other shapes.
        self.check(data)?;
        let Compiled { model, optimizer, losses, metrics, room } = self;
        metrics.visit(0, &mut |_, metric| metric.reset());
        let (inputs, targets, losses) = (data.inputs().sources(), data.targets().sources(), losses.each());
        data.order(epoch as u64, &mut room.order);
        let mut log = Log::default();
        for index in 0..data.len() {
            let (inputs, targets) = (inputs.as_ref(), targets.as_ref());
            let (batch, gradients) =
                room.ready(inputs, targets, data.weights(), data.range(index), !data.shuffled())?;
            let values = engine::train(model, &batch, losses.as_ref(), metrics, gradients.as_mut_slice())?;
            let place = || format!("in epoch {}, batch {} of {}", epoch + 1, index + 1, data.len());
            finite(&values, gradients.as_slice(), place)?;
            optimizer.apply(model, gradients);
            model.core_mut().step += 1;
            log.add(batch.rows, &values);
            progress.batch(&log);
        }
        Ok(log.report(M::GRAPH, metrics))
    }
}

impl<M: Model, O, L, A> Compiled<M, O, L, A> {
    /// The model, without what trained it.
    pub fn into_model(self) -> M {
        self.model
    }

    /// The optimizer.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }

    /// The optimizer, to change its learning rate.
    pub fn optimizer_mut(&mut self) -> &mut O {
        &mut self.optimizer
    }
}

/// Stops before NaN or infinity gets into the weights.
pub(crate) fn finite<T: Real>(values: &Values, gradient: &[T], place: impl FnOnce() -> String) -> Result<()> {
    let problem = if !values.total.is_finite() {
        format!("the loss is {}", values.total)
    } else if let Some(bad) = T::first_non_finite(gradient) {
        format!("the gradient of the loss holds {}", gradient[bad])
    } else {
        return Ok(());
    };
    let place = place();
    Err(Error::Training(format!("{problem} {place}: try a smaller learning rate, or scale the inputs")))
}

impl<M: Model, O, L, A> Deref for Compiled<M, O, L, A> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.model
    }
}

impl<M: Model, O, L, A> DerefMut for Compiled<M, O, L, A> {
    fn deref_mut(&mut self) -> &mut M {
        &mut self.model
    }
}

impl<M: Model, O, L, A> Parameters<M::Element> for Compiled<M, O, L, A> {
    fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a Variable<M::Element>)) {
        self.model.visit(path, f);
    }

    fn visit_mut<'a>(&'a mut self, path: &str, f: &mut dyn FnMut(&str, &'a mut Variable<M::Element>)) {
        self.model.visit_mut(path, f);
    }
}
