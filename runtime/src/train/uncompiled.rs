//! What a model cannot do before it is compiled, so that the compiler can say so.

use super::{History, Report};
use crate::Result;
use crate::model::Model;

/// A model with an optimizer and a loss. No model alone is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not compiled: it has neither an optimizer nor a loss",
    label = "needs `.compile(optimizer, loss)` first",
    note = "hint: let mut model = model.compile(Adam::new(1e-3), MeanSquaredError::new());"
)]
pub trait IsCompiled {
    /// Nothing is.
    #[doc(hidden)]
    fn never() -> !;
}

/// The methods of a [`Compiled`](super::Compiled) model, by which those look for them who have not compiled it yet.
pub trait Uncompiled: Model {
    /// See [`Compiled::fit`](super::Compiled::fit).
    #[doc(hidden)]
    fn fit<D, F>(&mut self, _: D, _: F) -> Result<History>
    where
        Self: IsCompiled,
    {
        Self::never()
    }

    /// See [`Compiled::fit_arrays`](super::Compiled::fit_arrays).
    #[doc(hidden)]
    fn fit_arrays<X, Y, F>(&mut self, _: X, _: Y, _: F) -> Result<History>
    where
        Self: IsCompiled,
    {
        Self::never()
    }

    /// See [`Compiled::evaluate_arrays`](super::Compiled::evaluate_arrays).
    #[doc(hidden)]
    fn evaluate_arrays<X, Y>(&mut self, _: X, _: Y) -> Result<Report>
    where
        Self: IsCompiled,
    {
        Self::never()
    }

    /// See [`Compiled::evaluate`](super::Compiled::evaluate).
    #[doc(hidden)]
    fn evaluate<D>(&mut self, _: D) -> Result<Report>
    where
        Self: IsCompiled,
    {
        Self::never()
    }

    /// See [`Compiled::train_on_batch`](super::Compiled::train_on_batch).
    #[doc(hidden)]
    fn train_on_batch<X, Y>(&mut self, _: X, _: Y) -> Result<Report>
    where
        Self: IsCompiled,
    {
        Self::never()
    }

    /// See [`Compiled::test_on_batch`](super::Compiled::test_on_batch).
    #[doc(hidden)]
    fn test_on_batch<X, Y>(&mut self, _: X, _: Y) -> Result<Report>
    where
        Self: IsCompiled,
    {
        Self::never()
    }

    /// See [`Compiled::train_on_weighted_batch`](super::Compiled::train_on_weighted_batch).
    #[doc(hidden)]
    fn train_on_weighted_batch<X, Y, W>(&mut self, _: X, _: Y, _: W) -> Result<Report>
    where
        Self: IsCompiled,
    {
        Self::never()
    }

    /// See [`Compiled::test_on_weighted_batch`](super::Compiled::test_on_weighted_batch).
    #[doc(hidden)]
    fn test_on_weighted_batch<X, Y, W>(&mut self, _: X, _: Y, _: W) -> Result<Report>
    where
        Self: IsCompiled,
    {
        Self::never()
    }

    /// See [`Compiled::metrics`](super::Compiled::metrics).
    #[doc(hidden)]
    fn metrics<A>(self, _: A) -> Self
    where
        Self: IsCompiled,
    {
        Self::never()
    }
}

impl<M: Model> Uncompiled for M {}
