//! What tells people how well a model does.

mod accuracy;
mod auc;
mod confusion;
mod counts;
mod f_score;
mod function;
mod iou;
mod mean;
mod of_loss;
mod regression;
mod rows;
mod top_k;
mod weighted;

pub use accuracy::{Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy};
pub use auc::{
    AUC, Curve, PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity,
    SummationMethod,
};
pub use confusion::{FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives};
pub use f_score::{Average, F1Score, FBetaScore};
pub use function::MetricFunction;
pub use iou::{BinaryIoU, ConfusionMatrix, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU};
pub use of_loss::LossMetric;
pub use regression::{Aggregation, MAE, MSE, R2Score, RMSE};
pub use rows::{ConcordanceCorrelation, Cosine, PearsonCorrelation};
pub use top_k::{SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy};
pub use weighted::Weighted;

use mean::Mean;
pub(crate) use mean::argmax;

use formwork_shape::Shape;

use super::loss::{Comparison, Takes};
use crate::Real;

/// A number over all batches of an epoch or an evaluation.
///
/// The mean of a function of your own is a [`MetricFunction`]. Any other metric of your own implements this, [`Metrics`] by calling `f(output, self)`, [`Fits`](super::Fits) and
/// [`Accepts`](super::Accepts).
pub trait Metric<T: Real>: Send + Sync {
    /// Keras' name for it.
    fn name(&self) -> &'static str;

    /// The targets that it takes.
    fn takes(&self) -> Takes {
        Takes::Numbers
    }

    /// Forgets all batches.
    fn reset(&mut self);

    /// Takes in a batch; there is no gradient to compute.
    fn update(&mut self, batch: Comparison<'_, T>);

    /// The metric of all batches since the last reset.
    fn result(&self) -> f64;

    /// The values that it adds to a report, each with what follows the metric's name; only the result by default.
    fn each(&self, f: &mut dyn FnMut(&str, f64)) {
        f("", self.result());
    }

    /// Do the settings make sense for an output of this shape? Asked before training.
    ///
    /// # Errors
    /// If not; the message goes on after the metric's name and says which values the setting may have.
    fn check(&self, _output: &Shape) -> Result<(), String> {
        Ok(())
    }

    /// Do the weights of samples count? As in Keras, only for metrics inside of [`Weighted`].
    fn weighted(&self) -> bool {
        false
    }

    /// What it has taken in since the last reset, for a checkpoint in the middle of an epoch.
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Takes back what [`state`](Metric::state) gave.
    fn restore(&mut self, _state: &[f64]) {}
}

/// The metrics of a model: none, one or several an output.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the metrics of a model",
    label = "neither a metric nor a tuple of metrics",
    note = "hint: write `.metrics(Accuracy::new())` or `.metrics((Accuracy::new(), Precision::new()))`; a model with several outputs \
            takes its struct of metrics",
    note = "hint: `MeanSquaredError` and `MeanAbsoluteError` are losses, their metrics `MSE` and `MAE`",
    note = "hint: a measure of your own is `MetricFunction::new(\"name\", |y, t| measure)`"
)]
pub trait Metrics<T: Real> {
    /// Calls `f` with each metric and the place of its output; `output` is the place of the first one.
    fn visit(&mut self, output: usize, f: &mut dyn FnMut(usize, &mut dyn Metric<T>));
}

impl<T: Real> Metrics<T> for () {
    fn visit(&mut self, _: usize, _: &mut dyn FnMut(usize, &mut dyn Metric<T>)) {}
}

#[diagnostic::do_not_recommend]
impl<O> super::Fits<O> for () {}

/// Several metrics of one output are a tuple.
macro_rules! tuples {
    ($(($($metric:ident $place:tt),*))*) => { $(
        impl<T: Real, $($metric: Metrics<T>),*> Metrics<T> for ($($metric,)*) {
            fn visit(&mut self, output: usize, f: &mut dyn FnMut(usize, &mut dyn Metric<T>)) {
                $(self.$place.visit(output, f);)*
            }
        }

        #[diagnostic::do_not_recommend]
        impl<O, $($metric: super::Fits<O>),*> super::Fits<O> for ($($metric,)*) {}
        impl<O, Y, $($metric: super::Accepts<O, Y>),*> super::Accepts<O, Y> for ($($metric,)*) {}
    )* };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
}

/// Compiles a metric for both element types in this crate.
macro_rules! metric {
    ($metric:ident, $name:literal, $takes:ident $(, $method:ident)*) => {
        $crate::train::metric::metric! { @ f32 $metric, $name, $takes $(, $method)* }
        $crate::train::metric::metric! { @ f64 $metric, $name, $takes $(, $method)* }
    };
    (@each $metric:ident) => {
        fn each(&self, f: &mut dyn FnMut(&str, f64)) {
            $metric::each(self, f);
        }
    };
    (@check $metric:ident) => {
        fn check(&self, output: &formwork_shape::Shape) -> Result<(), String> {
            $metric::check(self, output)
        }
    };
    (@ $t:ident $metric:ident, $name:literal, $takes:ident $(, $method:ident)*) => {
        impl $crate::train::Metric<$t> for $metric {
            fn name(&self) -> &'static str {
                $name
            }

            fn takes(&self) -> $crate::train::Takes {
                $crate::train::Takes::$takes
            }

            fn reset(&mut self) {
                self.state.clear();
            }

            fn update(&mut self, batch: $crate::train::Comparison<'_, $t>) {
                self.add(&batch);
            }

            fn result(&self) -> f64 {
                self.value()
            }

            $($crate::train::metric::metric! { @$method $metric })*

            fn state(&self) -> Vec<f64> {
                self.state.numbers()
            }

            fn restore(&mut self, state: &[f64]) {
                self.state.restore(state);
            }
        }

        impl $crate::train::Metrics<$t> for $metric {
            fn visit(&mut self, output: usize, f: &mut dyn FnMut(usize, &mut dyn $crate::train::Metric<$t>)) {
                f(output, self);
            }
        }
    };
}
pub(crate) use metric;
