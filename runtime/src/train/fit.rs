//! How long to train, and what came of it.

use super::TargetsFor;
use super::compiled::Compiled;
use super::data::Batches;
use super::loss::Losses;
use super::metric::Metrics;
use super::optimizer::Optimizer;
use super::report::Report;
use crate::Result;
use crate::model::{Batch, Model};

/// How to train: `Fit::epochs(5).validation(&valid).verbose(true)`.
#[derive(Clone, Copy, Debug)]
pub struct Fit<V = ()> {
    pub(crate) epochs: usize,
    pub(crate) initial_epoch: usize,
    pub(crate) verbose: bool,
    pub(crate) validation: V,
}

impl Fit {
    /// Goes over the data so many times.
    pub fn epochs(epochs: usize) -> Fit {
        Fit { epochs, initial_epoch: 0, verbose: false, validation: () }
    }

    /// Evaluates these batches after each epoch, as `val_loss` and so on.
    pub fn validation<X, Y>(self, data: &Batches<X, Y>) -> Fit<&Batches<X, Y>> {
        let Fit { epochs, initial_epoch, verbose, .. } = self;
        Fit { epochs, initial_epoch, verbose, validation: data }
    }
}

impl<V> Fit<V> {
    /// Shows a progress bar in a terminal, and elsewhere one line an epoch.
    pub fn verbose(mut self, verbose: bool) -> Self {
        self.verbose = verbose;
        self
    }

    /// Begins with this epoch (the first is 0), to go on where an earlier training ended.
    pub fn initial_epoch(mut self, epoch: usize) -> Self {
        self.initial_epoch = epoch;
        self
    }
}

/// Data to evaluate after each epoch, or none.
pub trait Validation<M: Model, O, L, A> {
    /// Checks the data against the model.
    #[doc(hidden)]
    fn check(&self, model: &mut Compiled<M, O, L, A>) -> Result<()>;

    /// Evaluates the data.
    #[doc(hidden)]
    fn evaluate(&self, model: &mut Compiled<M, O, L, A>) -> Result<Option<Report>>;
}

impl<M: Model, O, L, A> Validation<M, O, L, A> for () {
    fn check(&self, _: &mut Compiled<M, O, L, A>) -> Result<()> {
        Ok(())
    }

    fn evaluate(&self, _: &mut Compiled<M, O, L, A>) -> Result<Option<Report>> {
        Ok(None)
    }
}

impl<'x, M, O, L, A, Y> Validation<M, O, L, A> for &Batches<M::Inputs<'x>, Y>
where
    M: Model,
    O: Optimizer<M::Element>,
    L: Losses<M::Element>,
    A: Metrics<M::Element>,
    Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
{
    fn check(&self, model: &mut Compiled<M, O, L, A>) -> Result<()> {
        model.check(self)
    }

    fn evaluate(&self, model: &mut Compiled<M, O, L, A>) -> Result<Option<Report>> {
        model.evaluate(self).map(Some)
    }
}

/// The losses and metrics of each epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    epochs: Vec<(usize, Report)>,
}

impl History {
    pub(crate) fn push(&mut self, epoch: usize, report: Report) {
        self.epochs.push((epoch, report));
    }

    /// The number of each epoch (the first is 0) and its report.
    pub fn epochs(&self) -> &[(usize, Report)] {
        &self.epochs
    }

    /// The value of that name in each epoch: `loss`, `val_accuracy`; empty if there is none of that name.
    pub fn metric(&self, name: &str) -> Vec<f64> {
        self.epochs.iter().filter_map(|(_, report)| report.metric(name)).collect()
    }

    /// The report of the last epoch, unless there was none.
    pub fn last(&self) -> Option<&Report> {
        self.epochs.last().map(|(_, report)| report)
    }
}
