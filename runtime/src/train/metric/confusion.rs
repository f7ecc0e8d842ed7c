//! Precision, recall and the area under a curve: what is found, and what is found wrongly.

use super::mean::{each_row, truth};
use super::metric;
use crate::Real;
use crate::train::{Accepts, Comparison, DenseFor, Fits, Output, YesOrNo};

/// Weights of the numbers above a threshold that should be (tp) or should not (fp), and of those below that should be (fn).
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    true_positives: f64,
    false_positives: f64,
    false_negatives: f64,
}

impl Counts {
    fn numbers(&self) -> Vec<f64> {
        vec![self.true_positives, self.false_positives, self.false_negatives]
    }

    fn restore(&mut self, numbers: &[f64]) {
        if let [true_positives, false_positives, false_negatives] = *numbers {
            *self = Counts { true_positives, false_positives, false_negatives };
        }
    }

    fn clear(&mut self) {
        *self = Counts::default();
    }

    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>, threshold: f64) {
        let threshold = T::of(threshold);
        each_number(batch, |y, positive, weight| match (y > threshold, positive) {
            (true, true) => self.true_positives += weight,
            (true, false) => self.false_positives += weight,
            (false, true) => self.false_negatives += weight,
            (false, false) => {}
        });
    }
}

/// Calls `f` with each number, whether its target is not 0, and its weight.
fn each_number<T: Real>(batch: &Comparison<'_, T>, mut f: impl FnMut(T, bool, f64)) {
    each_row(batch, |place, y, weight| {
        for (y, t) in y.iter().zip(truth(batch, place)) {
            f(*y, *t != T::zero(), weight);
        }
    });
}

fn ratio(part: f64, rest: f64) -> f64 {
    if part + rest == 0.0 { 0.0 } else { part / (part + rest) }
}

macro_rules! counted {
    ($($(#[$doc:meta])* $metric:ident, $name:literal, $missed:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $metric {
            threshold: f64,
            state: Counts,
        }

        impl $metric {
            #[doc = concat!("The metric `", $name, "` with a threshold of 0.5.")]
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                $metric { threshold: 0.5, state: Counts::default() }
            }

            /// Numbers above this are a yes; 0.5 by default.
            pub fn threshold(mut self, threshold: f64) -> Self {
                self.threshold = threshold;
                self
            }

            fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
                self.state.add(batch, self.threshold);
            }

            fn value(&self) -> f64 {
                ratio(self.state.true_positives, self.state.$missed)
            }
        }

        metric! { $metric, $name, Numbers }
        impl<O> Fits<O> for $metric {}
        impl<O, Y: DenseFor<O>> Accepts<O, Y> for $metric {}
    )* };
}

counted! {
    /// The share of the numbers above a threshold that should be there: `tp / (tp + fp)`; 0 where there are none.
    Precision, "precision", false_positives;

    /// The share of the numbers that should be above a threshold that are: `tp / (tp + fn)`; 0 where there are none.
    Recall, "recall", false_negatives;
}

/// The curve under which [`AUC`] takes the area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// True positives over false positives.
    #[default]
    ROC,
    /// Precision over recall.
    PR,
}

/// The area under the ROC (or the precision-recall) curve, by 200 thresholds, of probabilities.
#[derive(Clone, Debug)]
pub struct AUC {
    curve: Curve,
    state: Histogram,
}

/// How much lies between two neighbouring thresholds, by what the target is.
#[derive(Clone, Debug)]
struct Histogram {
    thresholds: Vec<f64>,
    positives: Vec<f64>,
    negatives: Vec<f64>,
}

impl Histogram {
    fn new(count: usize) -> Self {
        let count = count.max(2);
        let mut thresholds: Vec<f64> = (0..count).map(|i| i as f64 / (count - 1) as f64).collect();
        // 0 and 1 themselves lie between thresholds.
        thresholds[0] = -1e-7;
        thresholds[count - 1] = 1.0 + 1e-7;
        Histogram { thresholds, positives: vec![0.0; count + 1], negatives: vec![0.0; count + 1] }
    }

    fn numbers(&self) -> Vec<f64> {
        self.positives.iter().chain(&self.negatives).copied().collect()
    }

    fn restore(&mut self, numbers: &[f64]) {
        if numbers.len() == self.positives.len() + self.negatives.len() {
            let (positives, negatives) = numbers.split_at(self.positives.len());
            self.positives.copy_from_slice(positives);
            self.negatives.copy_from_slice(negatives);
        }
    }

    fn clear(&mut self) {
        self.positives.fill(0.0);
        self.negatives.fill(0.0);
    }

    /// True and false positives at each threshold, from the highest to the lowest.
    fn falling(&self) -> impl Iterator<Item = (f64, f64)> {
        let mut sums = (0.0, 0.0);
        self.positives.iter().zip(&self.negatives).skip(1).rev().map(move |(positive, negative)| {
            sums = (sums.0 + positive, sums.1 + negative);
            sums
        })
    }
}

impl AUC {
    /// The metric `auc` of the ROC curve with 200 thresholds.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        AUC { curve: Curve::ROC, state: Histogram::new(200) }
    }

    /// Another curve.
    pub fn curve(mut self, curve: Curve) -> Self {
        self.curve = curve;
        self
    }

    /// More or fewer thresholds, at least 2.
    pub fn num_thresholds(mut self, count: usize) -> Self {
        self.state = Histogram::new(count);
        self
    }

    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        let Histogram { thresholds, positives, negatives } = &mut self.state;
        each_number(batch, |y, positive, weight| {
            let y = y.wide();
            let bin = thresholds.partition_point(|threshold| *threshold < y);
            if positive {
                positives[bin] += weight;
            } else {
                negatives[bin] += weight;
            }
        });
    }

    fn value(&self) -> f64 {
        let positives: f64 = self.state.positives.iter().sum();
        let negatives: f64 = self.state.negatives.iter().sum();
        let mut area = 0.0;
        let mut before: Option<(f64, f64)> = None;
        for (tp, fp) in self.state.falling() {
            if let Some((tp_before, fp_before)) = before {
                area += match self.curve {
                    Curve::ROC => {
                        let height = (ratio(tp, positives - tp) + ratio(tp_before, positives - tp_before)) / 2.0;
                        let width = ratio(fp, negatives - fp) - ratio(fp_before, negatives - fp_before);
                        width * height
                    }
                    Curve::PR => between((tp_before, fp_before), (tp, fp), positives),
                };
            }
            before = Some((tp, fp));
        }
        area
    }
}

/// The area under the precision-recall curve between a threshold and the next lower one, interpolated as Davis and
/// Goadrich (2006) do.
fn between((tp_high, fp_high): (f64, f64), (tp, fp): (f64, f64), positives: f64) -> f64 {
    let (p_high, p) = (tp_high + fp_high, tp + fp);
    let slope = if p > p_high { (tp - tp_high) / (p - p_high) } else { 0.0 };
    let intercept = tp_high - slope * p_high;
    let quotient = if p > 0.0 && p_high > 0.0 { p / p_high } else { 1.0 };
    if positives == 0.0 { 0.0 } else { slope * (tp - tp_high + intercept * quotient.ln()) / positives }
}

metric! { AUC, "auc", Numbers }
impl<const W: usize, A: YesOrNo<C>, C> Fits<Output<W, A, C>> for AUC {}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for AUC {}
