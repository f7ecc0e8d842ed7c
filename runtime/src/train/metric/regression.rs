//! How far numbers are off.

use super::mean::{each_row, means, truth};
use super::{Mean, metric};
use crate::Real;
use crate::train::{Accepts, Comparison, DenseFor, Fits};

means! {
    /// The mean of `(y - t)²`.
    MSE, "mean_squared_error", |y, t| mean(y, t, |d| d * d);

    /// The mean of `|y - t|`.
    MAE, "mean_absolute_error", |y, t| mean(y, t, f64::abs);
}

/// The root of the mean of `(y - t)²`, of masked rows, too.
#[derive(Clone, Debug, Default)]
pub struct RMSE {
    state: Mean,
}

impl RMSE {
    /// The metric `root_mean_squared_error`.
    pub fn new() -> Self {
        Self::default()
    }

    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        each_row(batch, |place, y, weight| {
            self.state.sum += weight * mean(y, truth(batch, place), |d| d * d);
            self.state.count += weight;
        });
    }

    fn value(&self) -> f64 {
        self.state.value().sqrt()
    }
}

metric! { RMSE, "root_mean_squared_error", Numbers }
impl<O> Fits<O> for RMSE {}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for RMSE {}

/// The mean of a function of the differences.
fn mean<T: Real>(y: &[T], t: &[T], f: impl Fn(f64) -> f64) -> f64 {
    y.iter().zip(t).map(|(y, t)| f(y.wide() - t.wide())).sum::<f64>() / y.len() as f64
}

/// The share of the targets' variance that the outputs explain, `1 - sum (y - t)² / sum (t - mean t)²`: the mean over the
/// numbers of the last axis.
#[derive(Clone, Debug, Default)]
pub struct R2Score {
    aggregation: Aggregation,
    regressors: usize,
    state: Columns,
}

/// How [`R2Score`] makes one number of those of several columns (Keras' `class_aggregation`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregation {
    /// It does not: one score a column, named `r2_score_0`, `r2_score_1` and so on.
    None,
    /// Their mean.
    #[default]
    UniformAverage,
    /// Their mean, weighted by the variance of each column's targets.
    VarianceWeightedAverage,
}

/// Sums for each number of the last axis.
#[derive(Clone, Debug, Default)]
struct Columns {
    samples: f64,
    weight: f64,
    columns: Vec<Column>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Column {
    sum: f64,
    squares: f64,
    errors: f64,
}

impl Columns {
    fn numbers(&self) -> Vec<f64> {
        let columns = self.columns.iter().flat_map(|column| [column.sum, column.squares, column.errors]);
        [self.samples, self.weight].into_iter().chain(columns).collect()
    }

    fn restore(&mut self, numbers: &[f64]) {
        let [samples, weight, columns @ ..] = numbers else { return };
        let column = |three: &[f64]| Column { sum: three[0], squares: three[1], errors: three[2] };
        *self = Columns { samples: *samples, weight: *weight, columns: columns.chunks_exact(3).map(column).collect() };
    }

    fn clear(&mut self) {
        (self.samples, self.weight) = (0.0, 0.0);
        self.columns.fill(Column::default());
    }
}

impl R2Score {
    /// The metric `r2_score`.
    pub fn new() -> Self {
        Self::default()
    }

    /// How several columns become one number; their mean by default.
    pub fn class_aggregation(mut self, aggregation: Aggregation) -> Self {
        self.aggregation = aggregation;
        self
    }

    /// Adjusts the score for so many independent predictors; 0, not at all, by default.
    pub fn num_regressors(mut self, regressors: usize) -> Self {
        self.regressors = regressors;
        self
    }

    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        let Columns { samples, weight: total, columns } = &mut self.state;
        columns.resize(batch.output.last().max(1), Column::default());
        each_row(batch, |place, y, weight| {
            // Keras counts every number, not every row.
            *samples += y.len() as f64;
            *total += weight;
            for ((y, t), column) in y.iter().zip(truth(batch, place)).zip(&mut *columns) {
                let (y, t) = (y.wide(), t.wide());
                column.sum += weight * t;
                column.squares += weight * t * t;
                column.errors += weight * (y - t) * (y - t);
            }
        });
    }

    fn value(&self) -> f64 {
        let scores = self.scores();
        let sum = match self.aggregation {
            Aggregation::VarianceWeightedAverage => {
                let totals: f64 = scores.iter().map(|(_, total)| total).sum();
                scores.iter().map(|(score, total)| score * total).sum::<f64>() / totals
            }
            _ if scores.is_empty() => 0.0,
            _ => scores.iter().map(|(score, _)| score).sum::<f64>() / scores.len() as f64,
        };
        self.adjusted(sum)
    }

    fn each(&self, f: &mut dyn FnMut(&str, f64)) {
        let scores = self.scores();
        if self.aggregation == Aggregation::None && scores.len() != 1 {
            let scores = scores.into_iter().enumerate();
            scores.for_each(|(place, (score, _))| f(&format!("_{place}"), self.adjusted(score)));
        } else {
            f("", self.value());
        }
    }

    /// The score of each column, and the sum of squares that it is relative to.
    fn scores(&self) -> Vec<(f64, f64)> {
        let Columns { weight, columns, .. } = &self.state;
        let score = |column: &Column| {
            let total = column.squares - column.sum * column.sum / weight;
            let score = 1.0 - column.errors / total;
            (if score.is_infinite() { 0.0 } else { score }, total)
        };
        columns.iter().map(score).collect()
    }

    /// With so many predictors behind a score it is worth less.
    fn adjusted(&self, score: f64) -> f64 {
        let (samples, regressors) = (self.state.samples, self.regressors as f64);
        if self.regressors == 0 || regressors >= samples - 1.0 {
            return score;
        }
        1.0 - (1.0 - score) * (samples - 1.0) / (samples - regressors - 1.0)
    }
}

metric! { R2Score, "r2_score", Numbers, each }
impl<O> Fits<O> for R2Score {}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for R2Score {}
