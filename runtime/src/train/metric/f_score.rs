//! Precision and recall in one number.

use formwork_shape::Shape;

use super::mean::{each_row, truth};
use super::metric;
use crate::Real;
use crate::train::loss::within;
use crate::train::{Accepts, Comparison, DenseFor, Fits};

/// How the scores of several classes become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Average {
    /// They do not: one score a class, named `f1_score_0`, `f1_score_1` and so on.
    #[default]
    None,
    /// The score of all classes together.
    Micro,
    /// The mean of the scores.
    Macro,
    /// Their mean, weighted by how often each class is true.
    Weighted,
}

/// Sums for each class, or for all together.
#[derive(Clone, Debug, Default)]
struct Classes(Vec<[f64; 3]>);

impl Classes {
    fn clear(&mut self) {
        self.0.fill([0.0; 3]);
    }

    fn numbers(&self) -> Vec<f64> {
        self.0.as_flattened().to_vec()
    }

    fn restore(&mut self, numbers: &[f64]) {
        self.0 = numbers.as_chunks().0.to_vec();
    }
}

macro_rules! scores {
    ($($(#[$doc:meta])* $metric:ident, $name:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $metric {
            average: Average,
            beta: f64,
            threshold: Option<f64>,
            state: Classes,
        }

        impl $metric {
            #[doc = concat!("The metric `", $name, "` of each class; the largest number of a row is the answer.")]
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                $metric { average: Average::None, beta: 1.0, threshold: None, state: Classes::default() }
            }

            /// One score for all classes.
            pub fn average(mut self, average: Average) -> Self {
                self.average = average;
                self
            }

            /// Numbers above this are a yes, each for itself, instead of the largest of a row.
            pub fn threshold(mut self, threshold: f64) -> Self {
                self.threshold = Some(threshold);
                self
            }

            fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
                add(&mut self.state, batch, self.threshold, self.average == Average::Micro);
            }

            fn value(&self) -> f64 {
                let scores = scores(&self.state, self.beta);
                match self.average {
                    Average::Weighted => {
                        let all: f64 = self.state.0.iter().map(|[tp, _, fn_]| tp + fn_).sum();
                        let weights = self.state.0.iter().map(|[tp, _, fn_]| (tp + fn_) / (all + EPSILON));
                        scores.iter().zip(weights).map(|(score, weight)| score * weight).sum()
                    }
                    _ => scores.iter().sum::<f64>() / scores.len().max(1) as f64,
                }
            }

            fn check(&self, _: &Shape) -> Result<(), String> {
                if self.beta.is_nan() || self.beta <= 0.0 {
                    return Err(format!("has beta = {}: give a number above 0, such as 1", self.beta));
                }
                self.threshold.map_or(Ok(()), |threshold| within("threshold", threshold, 0.0..=1.0))
            }

            fn each(&self, f: &mut dyn FnMut(&str, f64)) {
                if self.average == Average::None && self.state.0.len() != 1 {
                    let scores = scores(&self.state, self.beta).into_iter().enumerate();
                    scores.for_each(|(class, score)| f(&format!("_{class}"), score));
                } else {
                    f("", self.value());
                }
            }
        }

        metric! { $metric, $name, Numbers, each, check }
        impl<O> Fits<O> for $metric {}
        impl<O, Y: DenseFor<O>> Accepts<O, Y> for $metric {}
    )* };
}

scores! {
    /// The harmonic mean of precision and recall, `2 p r / (p + r)`, of one-hot rows or of yes-or-no answers.
    F1Score, "f1_score";

    /// The weighted harmonic mean of precision and recall, `(1 + beta²) p r / (beta² p + r)`.
    FBetaScore, "fbeta_score";
}

impl FBetaScore {
    /// How much more recall counts than precision; 1 by default.
    pub fn beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }
}

const EPSILON: f64 = 1e-7;

fn add<T: Real>(Classes(classes): &mut Classes, batch: &Comparison<'_, T>, threshold: Option<f64>, together: bool) {
    classes.resize(if together { 1 } else { batch.output.last().max(1) }, [0.0; 3]);
    each_row(batch, |place, y, weight| {
        let largest = y.iter().fold(T::neg_infinity(), |a, b| a.max(*b));
        for (class, (y, t)) in y.iter().zip(truth(batch, place)).enumerate() {
            let yes = match threshold {
                Some(threshold) => *y > T::of(threshold),
                // Rows of zeros name no class.
                None => *y >= largest && y.abs() > T::of(1e-9),
            };
            let (y, t) = (f64::from(yes), t.wide());
            let [tp, fp, fn_] = &mut classes[if together { 0 } else { class }];
            *tp += weight * y * t;
            *fp += weight * y * (1.0 - t);
            *fn_ += weight * (1.0 - y) * t;
        }
    });
}

fn scores(Classes(classes): &Classes, beta: f64) -> Vec<f64> {
    let score = |[tp, fp, fn_]: &[f64; 3]| {
        let (precision, recall) = (tp / (tp + fp + EPSILON), tp / (tp + fn_ + EPSILON));
        (1.0 + beta * beta) * precision * recall / (beta * beta * precision + recall + EPSILON)
    };
    classes.iter().map(score).collect()
}
