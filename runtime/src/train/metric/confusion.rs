//! Precision, recall and the counts that they are made of.

use formwork_shape::Shape;

use super::counts::{Chosen, Counts, Four};
use super::metric;
use crate::Real;
use crate::train::loss::within;
use crate::train::{Accepts, Comparison, DenseFor, Fits};

/// A value at each threshold that is asked for.
#[derive(Clone, Debug)]
struct Thresholds {
    /// As they were given.
    asked: Vec<f64>,
    /// Were they given?
    given: bool,
    counts: Counts,
}

impl Thresholds {
    fn new(asked: Vec<f64>) -> Self {
        Thresholds { counts: Counts::new(asked.clone(), false), asked, given: false }
    }

    /// The counts at a threshold.
    fn at(&self, threshold: f64) -> Four {
        let place = self.counts.thresholds.iter().position(|known| *known == threshold);
        place.and_then(|place| self.counts.at_thresholds(0).get(place).copied()).unwrap_or_default()
    }

    fn clear(&mut self) {
        self.counts.clear();
    }

    fn numbers(&self) -> Vec<f64> {
        self.counts.numbers()
    }

    fn restore(&mut self, numbers: &[f64]) {
        self.counts.restore(numbers);
    }

    /// One value, or one a threshold with the threshold in its name.
    fn each(&self, f: &mut dyn FnMut(&str, f64), value: fn(Four) -> f64) {
        match self.asked[..] {
            [one] => f("", value(self.at(one))),
            _ => self.asked.iter().for_each(|threshold| f(&format!("_{threshold}"), value(self.at(*threshold)))),
        }
    }
}

macro_rules! counted {
    ($($(#[$doc:meta])* $metric:ident, $name:literal, $value:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $metric {
            chosen: Chosen,
            state: Thresholds,
        }

        impl $metric {
            #[doc = concat!("The metric `", $name, "` with a threshold of 0.5.")]
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                $metric { chosen: Chosen::default(), state: Thresholds::new(vec![0.5]) }
            }

            /// Numbers above this are a yes; 0.5 by default.
            pub fn threshold(self, threshold: f64) -> Self {
                self.thresholds([threshold])
            }

            /// A value for each of several thresholds, named after it.
            pub fn thresholds(mut self, thresholds: impl Into<Vec<f64>>) -> Self {
                self.state = Thresholds { given: true, ..Thresholds::new(thresholds.into()) };
                self
            }

            fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
                self.state.counts.add(batch, self.chosen, &[]);
            }

            fn value(&self) -> f64 {
                self.state.asked.first().map_or(0.0, |threshold| $value(self.state.at(*threshold)))
            }

            fn check(&self, output: &Shape) -> Result<(), String> {
                self.chosen.check(output)?;
                match self.state.asked[..] {
                    [] => Err("has no threshold: give one from 0 to 1, such as 0.5".to_string()),
                    // The largest numbers are a yes, whatever they are.
                    [threshold] if self.chosen.top_k.is_some() && threshold < 0.0 => Ok(()),
                    ref all => all.iter().try_for_each(|threshold| within("a threshold", *threshold, 0.0..=1.0)),
                }
            }

            fn each(&self, f: &mut dyn FnMut(&str, f64)) {
                self.state.each(f, $value);
            }
        }

        metric! { $metric, $name, Numbers, each, check }
        impl<O> Fits<O> for $metric {}
        impl<O, Y: DenseFor<O>> Accepts<O, Y> for $metric {}
    )* };
}

counted! {
    /// The share of the numbers above a threshold that should be there: `tp / (tp + fp)`; 0 where there are none.
    Precision, "precision", Four::precision;

    /// The share of the numbers that should be above a threshold that are: `tp / (tp + fn)`; 0 where there are none.
    Recall, "recall", Four::recall;

    /// The weight of the numbers above a threshold that should be there.
    TruePositives, "true_positives", |four: Four| four.tp;

    /// The weight of the numbers above a threshold that should not be there.
    FalsePositives, "false_positives", |four: Four| four.fp;

    /// The weight of the numbers below a threshold that should be there.
    TrueNegatives, "true_negatives", |four: Four| four.tn;

    /// The weight of the numbers below a threshold that should be above it.
    FalseNegatives, "false_negatives", |four: Four| four.fn_;
}

macro_rules! choices {
    ($($metric:ident)*) => { $(
        impl $metric {
            /// Looks at the `k` largest numbers of each row only: those are a yes, or those of them above a threshold where one
            /// is given.
            pub fn top_k(mut self, k: usize) -> Self {
                self.chosen.top_k = Some(k);
                if self.state.given { self } else { Self { state: Thresholds::new(vec![-1e10]), ..self } }
            }

            /// Looks at one number of each row only.
            pub fn class_id(mut self, class: usize) -> Self {
                self.chosen.class_id = Some(class);
                self
            }
        }
    )* };
}

choices! { Precision Recall }
