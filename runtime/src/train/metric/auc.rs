//! The area under a curve, and points on it.

use formwork_shape::{Shape, is_dynamic};

use super::counts::{Chosen, Counts, Four, ratio};
use super::metric;
use crate::Real;
use crate::train::loss::within;
use crate::train::{Accepts, Comparison, DenseFor, Fits, Output, YesOrNo};

/// The curve under which [`AUC`] takes the area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// True positives over false positives.
    #[default]
    ROC,
    /// Precision over recall.
    PR,
    /// Gain in precision over gain in recall (Flach and Kull, 2015).
    PRGAIN,
}

/// How [`AUC`] joins two neighbouring points of its curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SummationMethod {
    /// By a line; for [`Curve::PR`] as Davis and Goadrich (2006) do.
    #[default]
    Interpolation,
    /// At the height of the lower one.
    Minoring,
    /// At the height of the higher one.
    Majoring,
}

/// The area under the ROC (or the precision-recall) curve, by 200 thresholds, of probabilities.
#[derive(Clone, Debug)]
pub struct AUC {
    curve: Curve,
    summation: SummationMethod,
    label_weights: Vec<f64>,
    by_label: bool,
    chosen: Chosen,
    state: Counts,
}

/// Keras' distance of the outermost thresholds from 0 and 1.
const BEYOND: f64 = 1e-7;

impl AUC {
    /// The metric `auc` of the ROC curve with 200 thresholds.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        AUC {
            curve: Curve::ROC,
            summation: SummationMethod::Interpolation,
            label_weights: Vec::new(),
            by_label: false,
            chosen: Chosen::default(),
            state: Counts::even(200, BEYOND, false),
        }
    }

    /// Another curve.
    pub fn curve(mut self, curve: Curve) -> Self {
        self.curve = curve;
        self
    }

    /// Another way to join the points of the curve.
    pub fn summation_method(mut self, method: SummationMethod) -> Self {
        self.summation = method;
        self
    }

    /// More or fewer thresholds, at least 2.
    pub fn num_thresholds(mut self, count: usize) -> Self {
        self.state = Counts::even(count, BEYOND, self.by_label);
        self
    }

    /// These thresholds between 0 and 1; one below and one above all numbers are added.
    pub fn thresholds(mut self, thresholds: impl IntoIterator<Item = f64>) -> Self {
        let all = [-BEYOND, 1.0 + BEYOND].into_iter().chain(thresholds).collect();
        self.state = Counts::new(all, self.by_label);
        self
    }

    /// The mean of the areas of each number of the last axis by itself.
    pub fn multi_label(mut self, multi_label: bool) -> Self {
        self.by_label = multi_label;
        self.state = Counts::new(std::mem::take(&mut self.state.thresholds), multi_label);
        self
    }

    /// What each label counts: in the mean of the areas of [`multi_label`](AUC::multi_label), or in the one area.
    pub fn label_weights(mut self, weights: impl Into<Vec<f64>>) -> Self {
        self.label_weights = weights.into();
        self
    }

    /// The outputs are no probabilities: a sigmoid makes them.
    pub fn from_logits(mut self, from_logits: bool) -> Self {
        self.chosen.from_logits = from_logits;
        self
    }

    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        // Where each label has an area of its own, the weights are those of the areas.
        let weights = if self.by_label { &[][..] } else { &self.label_weights };
        self.state.add(batch, self.chosen, weights);
    }

    fn check(&self, output: &Shape) -> Result<(), String> {
        let (given, width) = (self.label_weights.len(), output.last());
        if given != 0 && given != width && !is_dynamic(width) {
            return Err(format!("has {given} label_weights for {width} labels: give one a label"));
        }
        self.label_weights.iter().try_for_each(|weight| within("a label weight", *weight, 0.0..=f64::MAX))?;
        if self.state.thresholds.len() < 2 {
            return Err("has fewer than 2 thresholds: a curve needs 2 points, and 200 draw it well".to_string());
        }
        let added = [-BEYOND, 1.0 + BEYOND];
        let given = self.state.thresholds.iter().filter(|threshold| !added.contains(threshold));
        given.into_iter().try_for_each(|threshold| within("a threshold", *threshold, 0.0..=1.0))
    }

    fn value(&self) -> f64 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for label in 0..self.state.labels() {
            let weight = if self.by_label { self.label_weights.get(label).copied().unwrap_or(1.0) } else { 1.0 };
            sum += weight * self.area(&self.state.at_thresholds(label));
            weights += weight;
        }
        if weights == 0.0 { 0.0 } else { sum / weights }
    }

    fn area(&self, points: &[Four]) -> f64 {
        let part = |pair: &[Four]| {
            let (low, high) = (pair[0], pair[1]);
            if (self.curve, self.summation) == (Curve::PR, SummationMethod::Interpolation) {
                return between(high, low);
            }
            let ((x_low, y_low), (x_high, y_high)) = (self.point(low), self.point(high));
            let height = match self.summation {
                SummationMethod::Interpolation => (y_low + y_high) / 2.0,
                SummationMethod::Minoring => y_low.min(y_high),
                SummationMethod::Majoring => y_low.max(y_high),
            };
            (x_low - x_high) * height
        };
        points.windows(2).map(part).sum()
    }

    /// A point of the curve.
    fn point(&self, at: Four) -> (f64, f64) {
        match self.curve {
            Curve::ROC => (ratio(at.fp, at.tn), at.recall()),
            Curve::PR => (at.recall(), at.precision()),
            Curve::PRGAIN if at.tp == 0.0 => (0.0, 1.0),
            Curve::PRGAIN => {
                let negatives = at.tn + at.fp;
                let scale = if negatives == 0.0 { 0.0 } else { (at.tp + at.fn_) / negatives };
                ((1.0 - scale * at.fn_ / at.tp).max(0.0), 1.0 - scale * at.fp / at.tp)
            }
        }
    }
}

/// The area under the precision-recall curve between a threshold and the next lower one, interpolated as Davis and
/// Goadrich (2006) do.
fn between(high: Four, low: Four) -> f64 {
    let (p_high, p) = (high.tp + high.fp, low.tp + low.fp);
    let positives = high.tp + high.fn_;
    let slope = if p > p_high { (low.tp - high.tp) / (p - p_high) } else { 0.0 };
    let intercept = high.tp - slope * p_high;
    let quotient = if p > 0.0 && p_high > 0.0 { p / p_high } else { 1.0 };
    if positives == 0.0 { 0.0 } else { slope * (low.tp - high.tp + intercept * quotient.ln()) / positives }
}

metric! { AUC, "auc", Numbers, check }
impl<const W: usize, A: YesOrNo<C>, C> Fits<Output<W, A, C>> for AUC {}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for AUC {}

macro_rules! best {
    ($($(#[$doc:meta])* $metric:ident($given:ident), $name:literal, $constrained:ident, $wanted:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $metric {
            least: f64,
            chosen: Chosen,
            state: Counts,
        }

        impl $metric {
            #[doc = concat!("The metric `", $name, "` by 200 thresholds.")]
            pub fn new($given: f64) -> Self {
                $metric { least: $given, chosen: Chosen::default(), state: Counts::even(200, 0.0, false) }
            }

            /// More or fewer thresholds, at least 1.
            pub fn num_thresholds(mut self, count: usize) -> Self {
                self.state = Counts::even(count, 0.0, false);
                self
            }

            /// Looks at one number of each row only.
            pub fn class_id(mut self, class: usize) -> Self {
                self.chosen.class_id = Some(class);
                self
            }

            fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
                self.state.add(batch, self.chosen, &[]);
            }

            fn check(&self, output: &Shape) -> Result<(), String> {
                within(stringify!($given), self.least, 0.0..=1.0)?;
                if self.state.thresholds.is_empty() {
                    return Err("has num_thresholds = 0: give a number of at least 1, such as 200".to_string());
                }
                self.chosen.check(output)
            }

            fn value(&self) -> f64 {
                let points = self.state.at_thresholds(0).into_iter();
                // Keras compares in single precision.
                let fits = points.filter(|four| four.$constrained() as f32 >= self.least as f32);
                fits.map(Four::$wanted).fold(0.0, f64::max)
            }
        }

        metric! { $metric, $name, Numbers, check }
        impl<const W: usize, A: YesOrNo<C>, C> Fits<Output<W, A, C>> for $metric {}
        impl<O, Y: DenseFor<O>> Accepts<O, Y> for $metric {}
    )* };
}

best! {
    /// The best recall (sensitivity) at a threshold with at least this specificity, `tn / (tn + fp)`.
    SensitivityAtSpecificity(specificity), "sensitivity_at_specificity", specificity, recall;

    /// The best specificity, `tn / (tn + fp)`, at a threshold with at least this recall (sensitivity).
    SpecificityAtSensitivity(sensitivity), "specificity_at_sensitivity", recall, specificity;

    /// The best precision at a threshold with at least this recall.
    PrecisionAtRecall(recall), "precision_at_recall", recall, precision;

    /// The best recall at a threshold with at least this precision.
    RecallAtPrecision(precision), "recall_at_precision", precision, recall;
}
