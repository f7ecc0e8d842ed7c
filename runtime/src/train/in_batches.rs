//! What `fit` and `evaluate` take.

use crate::data::Batches;

/// A data set in batches: a reference to [`Batches`].
#[diagnostic::on_unimplemented(
    message = "`fit`, `evaluate` and `validation` take a data set in batches",
    label = "not in batches",
    note = "hint: `.batch(32)` at the end of a `Dataset` puts its samples into batches, and `&` lends them",
    note = "hint: arrays go to `fit_arrays(DigitsInputs {{ image: &images }}, DigitsTargets {{ output: &labels }}, Fit::epochs(5))` and \
            to `evaluate_arrays`"
)]
pub trait InBatches<'d> {
    /// The model's struct of inputs.
    type Inputs;
    /// The model's struct of targets.
    type Targets;

    /// This type. Of what is no data set there is none, so that the compiler says so once, not again of all that follows.
    #[doc(hidden)]
    type Lent;

    /// This value.
    #[doc(hidden)]
    fn lend(self) -> Self::Lent;

    /// The batches.
    #[doc(hidden)]
    fn batches(&self) -> &Batches<'d, Self::Inputs, Self::Targets>;
}

impl<'d, X, Y> InBatches<'d> for &Batches<'d, X, Y> {
    type Inputs = X;
    type Targets = Y;
    type Lent = Self;

    fn lend(self) -> Self {
        self
    }

    fn batches(&self) -> &Batches<'d, X, Y> {
        self
    }
}

/// The struct of inputs of the model `M`.
#[diagnostic::on_unimplemented(
    message = "these are batches of `{Self}`, which are not the inputs of `{M}`",
    label = "made for another model",
    note = "hint: a data set is made of the `..Inputs` and `..Targets` (or the `..Sample` and `..Target`) of the model that it trains"
)]
pub trait InputsOf<M> {}
