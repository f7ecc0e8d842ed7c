//! A model together with what trains it.

use std::ops::{Deref, DerefMut};
use std::thread;

use super::engine;
use super::fit::{Arrays, Fit, Verbose};
use super::history::History;
use super::loss::Losses;
use super::metric::Metrics;
use super::notes;
use super::optimizer::Optimizer;
use super::report::{Log, Report};
use super::room::Room;
use super::run::Run;
use super::step::step;
use super::validation::{ArrayValidation, OnArrays, Validation};
use super::{InBatches, InputsOf, Measured, TargetsFor};
use crate::data::{Batches, Columns, Position, SampleWeights, Table, Weights};
use crate::model::{Batch, Model};
use crate::weights::{Parameters, Variable};
use crate::{Error, Result};

/// A model with an optimizer, a loss and metrics. It dereferences to the model.
#[derive(Debug)]
pub struct Compiled<M: Model, O, L, A = ()> {
    pub(crate) model: M,
    pub(crate) optimizer: O,
    pub(crate) losses: L,
    pub(crate) metrics: A,
    pub(crate) room: Room<M::Element>,
    pub(crate) history: History,
    pub(crate) waited: f64,
    /// Has it been noted what is hardly meant?
    pub(crate) noted: bool,
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
        let history = History::default();
        Compiled { model, optimizer, losses, metrics: (), room, history, waited: 0.0, noted: false }
    }

    /// Measures this, too: one metric, a tuple of metrics, or for several outputs the model's struct of them.
    pub fn metrics<A: Metrics<M::Element>>(self, metrics: A) -> Compiled<M, O, L, A>
    where
        M: Measured<A>,
    {
        let Compiled { model, optimizer, losses, room, history, waited, noted, .. } = self;
        Compiled { model, optimizer, losses, metrics, room, history, waited, noted }
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
    /// If the data do not fit the model, before any weight changes; if the loss or its gradient becomes NaN, infinite, or too
    /// large for the optimizer, with the weights as the last good step left them; or if a callback fails.
    pub fn fit<'d, D, V>(&mut self, data: D, fit: Fit<'_, V>) -> Result<History>
    where
        D: InBatches<'d, Inputs: InputsOf<M>, Targets: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>>,
        V: Validation<M, O, L, A>,
    {
        let data = data.batches();
        fit.settings.check(M::GRAPH, self.losses.each().as_ref())?;
        self.optimizer.check(&self.model)?;
        fit.validation.check(self, fit.settings.validation_steps).map_err(Error::in_validation)?;
        self.check(data, fit.settings.steps_per_epoch)?;
        self.note(data, fit.settings.verbose);
        let mut run = Run::new(self, fit.settings, V::ANY);
        let result = run.all(data, &fit.validation);
        self.history = run.history;
        result.map(|()| self.history.clone())
    }

    /// Trains on arrays: in batches of 32 that are mixed anew before each epoch, unless `fit` says otherwise.
    ///
    /// # Errors
    /// As [`fit`](Compiled::fit).
    pub fn fit_arrays<'x, Y, V, B>(&mut self, inputs: M::Inputs<'x>, targets: Y, fit: Fit<'_, V, B>) -> Result<History>
    where
        M::Inputs<'x>: Columns<'x>,
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A> + Columns<'x>,
        V: ArrayValidation<'x, M, O, L, A>,
        B: Into<Arrays>,
    {
        let arrays = fit.arrays.into();
        let mut table = Table::new(&inputs, &targets)?;
        if let Some(weights) = &arrays.sample_weight {
            table.set_weights(weights)?;
        }
        fit.validation.fit::<Y>(OnArrays { model: self, table, arrays, settings: fit.settings })
    }

    /// The loss and the metrics over arrays, in batches of 32.
    ///
    /// # Errors
    /// As [`evaluate`](Compiled::evaluate).
    pub fn evaluate_arrays<'x, Y>(&mut self, inputs: M::Inputs<'x>, targets: Y) -> Result<Report>
    where
        M::Inputs<'x>: Columns<'x>,
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A> + Columns<'x>,
    {
        self.evaluate_some(&Batches::<'_, M::Inputs<'x>, Y>::of_table(Table::new(&inputs, &targets)?, 32), None)
    }

    /// The loss and the metrics over all batches.
    ///
    /// # Errors
    /// If the data do not fit the model.
    pub fn evaluate<'d, D>(&mut self, data: D) -> Result<Report>
    where
        D: InBatches<'d, Inputs: InputsOf<M>, Targets: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>>,
    {
        let data = data.batches();
        self.note(data, Verbose::Auto);
        self.evaluate_some(data, None)
    }

    /// The loss and the metrics over the first batches.
    pub(crate) fn evaluate_some<X, Y>(&mut self, data: &Batches<'_, X, Y>, steps: Option<usize>) -> Result<Report> {
        self.check(data, steps)?;
        let Compiled { model, losses, metrics, room, .. } = self;
        metrics.visit(0, &mut |_, metric| metric.reset());
        let losses = losses.each();
        let mut log = Log::default();
        // Threads of the data set live no longer than this.
        thread::scope(|scope| {
            let mut feed = data.feed(Some(scope));
            feed.start(Position::default());
            let mut left = steps.unwrap_or(usize::MAX);
            while left > 0 && feed.advance()? {
                left -= 1;
                let piece = feed.piece();
                let (batch, _) = room.piece::<M>(&piece, losses.as_ref(), &[])?;
                log.add(batch.rows, &engine::evaluate(&*model, &batch, losses.as_ref(), metrics)?);
            }
            Ok::<(), Error>(())
        })?;
        Ok(log.report(M::GRAPH, metrics))
    }

    /// One training step on one batch.
    ///
    /// # Errors
    /// If the batch does not fit the model, or if the loss or its gradient is NaN, infinite, or too large for the optimizer; the
    /// weights stay as they were.
    pub fn train_on_batch<Y>(&mut self, inputs: M::Inputs<'_>, targets: Y) -> Result<Report>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        self.on_batch(true, inputs, targets, None)
    }

    /// One training step on one batch, of which not all samples count the same.
    ///
    /// # Errors
    /// As [`train_on_batch`](Compiled::train_on_batch), and if the weights do not fit the batch.
    pub fn train_on_weighted_batch<Y>(
        &mut self,
        inputs: M::Inputs<'_>,
        targets: Y,
        weights: impl Into<SampleWeights>,
    ) -> Result<Report>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        self.on_batch(true, inputs, targets, Some(weights.into()))
    }

    /// The loss and the metrics of one batch.
    ///
    /// # Errors
    /// If the batch does not fit the model.
    pub fn test_on_batch<Y>(&mut self, inputs: M::Inputs<'_>, targets: Y) -> Result<Report>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        self.on_batch(false, inputs, targets, None)
    }

    /// The loss and the metrics of one batch, of which not all samples count the same.
    ///
    /// # Errors
    /// As [`test_on_batch`](Compiled::test_on_batch), and if the weights do not fit the batch.
    pub fn test_on_weighted_batch<Y>(
        &mut self,
        inputs: M::Inputs<'_>,
        targets: Y,
        weights: impl Into<SampleWeights>,
    ) -> Result<Report>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        self.on_batch(false, inputs, targets, Some(weights.into()))
    }

    fn on_batch<Y: Batch<M::Element>>(
        &mut self,
        trains: bool,
        inputs: M::Inputs<'_>,
        targets: Y,
        weights: Option<SampleWeights>,
    ) -> Result<Report> {
        if trains {
            self.optimizer.check(&self.model)?;
        }
        self.check_metrics()?;
        let Compiled { model, optimizer, losses, metrics, room, .. } = self;
        let (inputs, targets, losses) = (inputs.sources(), targets.sources(), losses.each());
        let rows = room.check_batch::<M>(inputs.as_ref(), targets.as_ref(), losses.as_ref())?;
        let weights = weights.map_or(Ok(Weights::default()), |given| weights_of::<M>(&given, rows))?;
        metrics.visit(0, &mut |_, metric| metric.reset());
        let (batch, gradients) = room.whole(inputs.as_ref(), targets.as_ref(), &weights, rows)?;
        let values = if trains {
            let place = |step| format!("in training step {step}");
            step(model, optimizer, metrics, losses.as_ref(), &batch, gradients, place)?
        } else {
            engine::evaluate(&*model, &batch, losses.as_ref(), metrics)?
        };
        let mut log = Log::default();
        log.add(rows, &values);
        Ok(log.report(M::GRAPH, metrics))
    }

    /// Checks a data set, or its first batches, against the model, as far as that is possible before it is read.
    pub(crate) fn check<X, Y>(&mut self, data: &Batches<'_, X, Y>, steps: Option<usize>) -> Result<()> {
        self.check_metrics()?;
        data.check()?;
        if steps.is_none() && data.known().endless {
            return Err(Error::data(
                "the data set has no end: an epoch needs .steps_per_epoch(n) in `fit`, a validation .validation_steps(n), and \
                 an evaluation .take(n) of its batches",
            ));
        }
        match data.table() {
            Some(table) => self.room.check_table::<M>(&table.inputs(), &table.targets(), self.losses.each().as_ref()),
            None => Ok(()),
        }
    }
}

impl<M: Model, O, L, A: Metrics<M::Element>> Compiled<M, O, L, A> {
    /// Do the settings of the metrics make sense?
    fn check_metrics(&mut self) -> Result<()> {
        let mut result = Ok(());
        self.metrics.visit(0, &mut |output, metric| {
            let checked = metric.check(&M::GRAPH.outputs[output].shape);
            if let (Ok(()), Err(what)) = (&result, checked) {
                result = Err(Error::Training(format!("the metric {} {what}", metric.name())));
            }
        });
        result
    }
}

impl<M: Model, O, L, A> Compiled<M, O, L, A> {
    /// Says once what is allowed but hardly meant.
    fn note<X, Y>(&mut self, data: &Batches<'_, X, Y>, verbose: Verbose) {
        if !std::mem::replace(&mut self.noted, true)
            && verbose != Verbose::Silent
            && let Some(note) = notes::unmasked_padding(M::GRAPH, data.known().padding)
        {
            notes::tell(note);
        }
    }

    /// The model, without what trained it.
    pub fn into_model(self) -> M {
        self.model
    }

    /// The metrics as the last evaluation left them, to read what is more than a number.
    pub fn measured(&self) -> &A {
        &self.metrics
    }

    /// What the last `fit` returned; where an error ended it, the epochs that were complete before.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The share of the time of the last `fit` in which it waited for data, from 0 to 1. Where that is not small, let other
    /// threads do more: `.map(..)` for what can be computed ahead, `.prefetch(2)` for whole batches, `.cache()` for what
    /// stays the same.
    pub fn waited_for_data(&self) -> f64 {
        self.waited
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

/// Weights of all rows of a batch.
fn weights_of<M: Model>(given: &SampleWeights, rows: usize) -> Result<Weights> {
    let outputs: Vec<&str> = M::GRAPH.outputs.iter().map(|port| port.name).collect();
    let (mut weights, order) = (Weights::default(), Vec::from_iter(0..rows));
    weights.multiply(given, &outputs, rows, &order)?;
    Ok(weights)
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
