//! What a training is validated on after each epoch.

use super::compiled::Compiled;
use super::fit::{Arrays, Fit, Settings, Share};
use super::history::History;
use super::loss::Losses;
use super::metric::Metrics;
use super::optimizer::Optimizer;
use super::report::Report;
use super::{InputsOf, TargetsFor};
use crate::data::{Batches, Table};
use crate::model::{Batch, Model};
use crate::{Error, Result};

/// Data to evaluate after each epoch, or none.
#[diagnostic::on_unimplemented(
    message = "this validation data do not fit the model and its losses",
    label = "not batches of this model's inputs and targets",
    note = "hint: `.validation(&data)` takes batches: `.batch(32)` makes them of a `Dataset`; `.validation_split(0.2)` is for `fit_arrays`"
)]
pub trait Validation<M: Model, O, L, A> {
    /// Is there any?
    #[doc(hidden)]
    const ANY: bool;

    /// Checks the data, or its first batches, against the model.
    #[doc(hidden)]
    fn check(&self, model: &mut Compiled<M, O, L, A>, steps: Option<usize>) -> Result<()>;

    /// Evaluates the data, or its first batches.
    #[doc(hidden)]
    fn evaluate(&self, model: &mut Compiled<M, O, L, A>, steps: Option<usize>) -> Result<Option<Report>>;
}

impl<M: Model, O, L, A> Validation<M, O, L, A> for () {
    const ANY: bool = false;

    fn check(&self, _: &mut Compiled<M, O, L, A>, _: Option<usize>) -> Result<()> {
        Ok(())
    }

    fn evaluate(&self, _: &mut Compiled<M, O, L, A>, _: Option<usize>) -> Result<Option<Report>> {
        Ok(None)
    }
}

impl<M, O, L, A, X, Y> Validation<M, O, L, A> for &Batches<'_, X, Y>
where
    M: Model,
    O: Optimizer<M::Element>,
    L: Losses<M::Element>,
    A: Metrics<M::Element>,
    X: InputsOf<M>,
    Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
{
    const ANY: bool = true;

    fn check(&self, model: &mut Compiled<M, O, L, A>, steps: Option<usize>) -> Result<()> {
        model.check(self, steps)
    }

    fn evaluate(&self, model: &mut Compiled<M, O, L, A>, steps: Option<usize>) -> Result<Option<Report>> {
        model.evaluate_some(self, steps).map(Some)
    }
}

/// Validation data of a training on arrays: a share of them, batches, or none.
#[diagnostic::on_unimplemented(
    message = "this validation data do not fit the model and its losses",
    label = "neither batches of this model's inputs and targets nor a share of the arrays",
    note = "hint: `.validation(&data)` takes batches: `.batch(32)` makes them of a `Dataset`; `.validation_split(0.2)` takes the last fifth of \
            the arrays"
)]
pub trait ArrayValidation<'x, M: Model, O, L, A> {
    /// Trains on the arrays, without what is kept for validation.
    #[doc(hidden)]
    fn fit<Y>(self, training: OnArrays<'_, 'x, '_, M, O, L, A>) -> Result<History>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>;
}

impl<'x, M, O, L, A> ArrayValidation<'x, M, O, L, A> for Share
where
    M: Model,
    O: Optimizer<M::Element>,
    L: Losses<M::Element>,
    A: Metrics<M::Element>,
{
    fn fit<Y>(self, mut training: OnArrays<'_, 'x, '_, M, O, L, A>) -> Result<History>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        let rest;
        (training.table, rest) = self.divide(training.table)?;
        let rest = Batches::<'_, M::Inputs<'x>, Y>::of_table(rest, training.arrays.batch_size);
        training.validated_by::<Y, _>(&rest)
    }
}

impl<'x, M, O, L, A> ArrayValidation<'x, M, O, L, A> for ()
where
    M: Model,
    O: Optimizer<M::Element>,
    L: Losses<M::Element>,
    A: Metrics<M::Element>,
{
    fn fit<Y>(self, training: OnArrays<'_, 'x, '_, M, O, L, A>) -> Result<History>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        training.validated_by::<Y, _>(self)
    }
}

impl<'x, M, O, L, A, X, W> ArrayValidation<'x, M, O, L, A> for &Batches<'_, X, W>
where
    M: Model,
    O: Optimizer<M::Element>,
    L: Losses<M::Element>,
    A: Metrics<M::Element>,
    X: InputsOf<M>,
    W: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
{
    fn fit<Y>(self, training: OnArrays<'_, 'x, '_, M, O, L, A>) -> Result<History>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
    {
        training.validated_by::<Y, _>(self)
    }
}

/// A training on arrays that is about to begin.
#[doc(hidden)]
pub struct OnArrays<'c, 'x, 'a, M: Model, O, L, A> {
    pub(super) model: &'c mut Compiled<M, O, L, A>,
    pub(super) table: Table<'x>,
    pub(super) arrays: Arrays,
    pub(super) settings: Settings<'a>,
}

impl<'x, M, O, L, A> OnArrays<'_, 'x, '_, M, O, L, A>
where
    M: Model,
    O: Optimizer<M::Element>,
    L: Losses<M::Element>,
    A: Metrics<M::Element>,
{
    fn validated_by<Y, V>(self, validation: V) -> Result<History>
    where
        Y: Batch<M::Element> + TargetsFor<L> + TargetsFor<A>,
        V: Validation<M, O, L, A>,
    {
        let OnArrays { model, table, arrays, settings } = self;
        let table = if arrays.shuffle { table.shuffled(arrays.seed.unwrap_or(model.core().seed)) } else { table };
        let data = Batches::<'_, M::Inputs<'x>, Y>::of_table(table, arrays.batch_size);
        model.fit(&data, Fit { settings, validation, arrays: () })
    }
}

impl Share {
    /// The rows to train on, and the last ones, to validate on.
    fn divide<'x>(self, table: Table<'x>) -> Result<(Table<'x>, Table<'x>)> {
        let (Share(share), rows) = (self, table.len());
        if !(0.0..1.0).contains(&share) {
            return Err(Error::data(format!(
                "validation_split({share}) is no share of the rows: give 0.2 for a fifth"
            )));
        }
        let (train, rest) = table.split(share);
        let problem = match (train.len(), rest.len()) {
            (0, _) => "leaves none to train on: give a smaller share",
            (_, 0) => "keeps none: give a larger share",
            _ => return Ok((train, rest)),
        };
        Err(Error::data(format!("validation_split({share}) of {rows} rows {problem}")))
    }
}
