//! What training makes small.

mod axes;
mod binary;
mod circle;
mod crossentropy;
mod ctc;
mod elementwise;
mod focal;
mod function;
mod options;
mod overlap;
mod reduce;
mod regression;
mod rows;

pub use axes::Axes;
pub use binary::{BinaryCrossentropy, BinaryFocalCrossentropy};
pub use circle::Circle;
pub use crossentropy::{CategoricalCrossentropy, CategoricalGeneralizedCrossEntropy, SparseCategoricalCrossentropy};
pub use ctc::CTC;
pub use focal::{Alpha, CategoricalFocalCrossentropy};
pub use function::LossFunction;
pub use options::{FromLogits, Probabilities, Reduction};
pub use overlap::{Dice, Tversky};
pub use regression::{
    Hinge, Huber, LogCosh, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError,
    MeanSquaredLogarithmicError, Poisson, SquaredHinge,
};
pub use rows::{CategoricalHinge, CosineSimilarity, KLDivergence};

pub(crate) use axes::Turn;
pub(crate) use options::within;
use options::{Options, axis, options};
pub(crate) use reduce::clip;
use reduce::{Formula, Truth};

use formwork_shape::Shape;

use crate::Real;
use crate::model::Source;
use crate::view::View;

/// What a loss is given: one output for a batch, and what it should have been.
#[derive(Debug)]
pub struct Comparison<'a, T> {
    /// What the model computed.
    pub output: View<'a, T>,
    /// What it should have computed: numbers, or class ids.
    pub target: View<'a, T>,
    /// How much each sample counts, or each row of its last axis; all the same where there are none.
    pub sample_weights: Option<&'a [T]>,
    /// 1 for a row of the last axis that is data, 0 for padding; no padding where there is none.
    pub mask: Option<&'a [T]>,
    /// Where the gradient of the loss with respect to the output goes, times [`Loss::weight`]. Overwritten.
    pub gradient: Option<&'a mut [T]>,
}

/// The targets that a loss or a metric takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One number for every number of the output.
    Numbers,
    /// One class id for every row of the output's last axis.
    ClassIds,
    /// Either.
    Both,
}

impl Takes {
    /// Does it take this array?
    pub(crate) fn fits<T>(self, source: &Source<'_, T>) -> bool {
        match source {
            Source::Numbers(_) => self != Takes::ClassIds,
            Source::Ids(_) => self != Takes::Numbers,
        }
    }
}

/// A number that says how far an output is from its target, and its gradient.
///
/// A formula for one number of the output at a time is a [`LossFunction`]. Any other loss of your own implements this, [`Losses`] by `[self as &dyn Loss<T>]`, [`Fits`](super::Fits) for the outputs that
/// it makes sense for and [`Accepts`](super::Accepts) for the targets that it takes.
#[diagnostic::on_unimplemented(message = "`{Self}` is no loss", label = "not a loss")]
pub trait Loss<T: Real>: Send + Sync {
    /// Keras' name for it.
    fn name(&self) -> &'static str;

    /// The targets that it takes.
    fn takes(&self) -> Takes {
        Takes::Numbers
    }

    /// What the loss of this output counts in the sum over all outputs.
    fn weight(&self) -> f64 {
        1.0
    }

    /// A class id that is allowed in the targets though it is no class; one below 0 as an `i32` is stored.
    fn ignored_class(&self) -> Option<u32> {
        None
    }

    /// The axis of an output's shape that class ids choose from; the last one by default.
    fn class_axis(&self, output: &Shape) -> usize {
        output.rank().saturating_sub(1)
    }

    /// Are class ids a row of labels a sample, as long as the rows of the target are?
    fn takes_labels(&self) -> bool {
        false
    }

    /// Are class ids any numbers, because the output has no number a class?
    fn takes_any_class(&self) -> bool {
        false
    }

    /// How many classes an output whose last axis has this length tells apart; none where its numbers are no classes.
    fn classes(&self, width: usize) -> Option<usize> {
        (width > 1 && !self.takes_any_class()).then_some(width)
    }

    /// Do the settings make sense for an output of this shape? Asked before training.
    ///
    /// # Errors
    /// If not; the message goes on after the loss's name and says which values the setting may have.
    fn check(&self, _output: &Shape) -> Result<(), String> {
        Ok(())
    }

    /// The loss of a batch, without its [`weight`](Loss::weight).
    fn compute(&self, batch: Comparison<'_, T>) -> f64;

    /// The loss of each row of the output's last axis (of each sample, where a sample has one axis), times the sample's
    /// weight, without reduction.
    fn each(&self, batch: Comparison<'_, T>, losses: &mut [T]);
}

/// The losses of a model: one an output.
///
/// A loss of your own is the losses of a model with one output by `[self as &dyn Loss<T>]`; there is no blanket
/// implementation, because it would overlap with that of a model's own struct of losses.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the losses of a model",
    label = "neither a loss nor a struct of losses",
    note = "hint: the optimizer comes first, then the loss: `.compile(Adam::new(1e-3), MeanSquaredError::new())`; a model with \
            several outputs takes its struct of losses",
    note = "hint: `MSE` and `MAE` are metrics, their losses `MeanSquaredError` and `MeanAbsoluteError`; a formula of your own is \
            `LossFunction::new(\"name\", |y, t| (loss, slope))`"
)]
pub trait Losses<T: Real> {
    /// The losses in the order of the outputs.
    fn each(&self) -> impl AsRef<[&dyn Loss<T>]>;
}

/// Compiles a formula for both element types in this crate.
macro_rules! loss {
    ($loss:ty, $name:literal $(, $takes:ident)?) => {
        loss! { @ f32 $loss, $name $(, $takes)? }
        loss! { @ f64 $loss, $name $(, $takes)? }
    };
    (@ $t:ident $loss:ty, $name:literal $(, $takes:ident)?) => {
        #[diagnostic::do_not_recommend]
        impl $crate::train::loss::Loss<$t> for $loss {
            fn name(&self) -> &'static str {
                $name
            }

            $(fn takes(&self) -> $crate::train::loss::Takes {
                $crate::train::loss::Takes::$takes
            })?

            fn weight(&self) -> f64 {
                self.options.weight
            }

            fn ignored_class(&self) -> Option<u32> {
                $crate::train::loss::Formula::ignored(self)
            }

            fn class_axis(&self, output: &formwork_shape::Shape) -> usize {
                let axes = self.options.axes.as_ref().and_then(|axes| axes.of(output).ok());
                axes.map_or(output.rank(), |axes| axes[0]).saturating_sub(1)
            }

            fn classes(&self, width: usize) -> Option<usize> {
                let binary = width == 1 && <Self as $crate::train::loss::Formula>::BINARY;
                if binary { Some(2) } else { (width > 1).then_some(width) }
            }

            fn check(&self, output: &formwork_shape::Shape) -> Result<(), String> {
                self.options.check(output)?;
                $crate::train::loss::Formula::check(self, output)
            }

            fn compute(&self, batch: $crate::train::loss::Comparison<'_, $t>) -> f64 {
                $crate::train::loss::reduce::compute(self, &self.options, batch)
            }

            fn each(&self, batch: $crate::train::loss::Comparison<'_, $t>, losses: &mut [$t]) {
                $crate::train::loss::reduce::each(self, &self.options, batch, losses);
            }
        }

        $crate::train::loss::one_loss! { $t $loss }
    };
}
use loss;

/// The loss of a model with one output.
macro_rules! one_loss {
    ($t:ident $loss:ty) => {
        #[diagnostic::do_not_recommend]
        impl $crate::train::loss::Losses<$t> for $loss {
            fn each(&self) -> impl AsRef<[&dyn $crate::train::loss::Loss<$t>]> {
                [self as &dyn $crate::train::loss::Loss<$t>]
            }
        }
    };
}
pub(crate) use one_loss;
