//! How far numbers are off.

use super::mean::{each_row, truth};
use super::{Mean, metric};
use crate::Real;
use crate::train::{Accepts, Comparison, DenseFor, Fits};

macro_rules! means {
    ($($(#[$doc:meta])* $metric:ident, $name:literal, |$d:ident| $point:expr, |$mean:ident| $result:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $metric {
            state: Mean,
        }

        impl $metric {
            #[doc = concat!("The metric `", $name, "`.")]
            pub fn new() -> Self {
                Self::default()
            }

            fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
                self.state.add(batch, |place, y| {
                    let pairs = y.iter().zip(truth(batch, place));
                    let sum: f64 = pairs.map(|(y, t)| { let $d = y.wide() - t.wide(); $point }).sum();
                    sum / y.len() as f64
                });
            }

            fn value(&self) -> f64 {
                let $mean = self.state.value();
                $result
            }
        }

        metric! { $metric, $name, Numbers }
        impl<O> Fits<O> for $metric {}
        impl<O, Y: DenseFor<O>> Accepts<O, Y> for $metric {}
    )* };
}

means! {
    /// The mean of `(y - t)²`.
    MSE, "mean_squared_error", |d| d * d, |mean| mean;

    /// The mean of `|y - t|`.
    MAE, "mean_absolute_error", |d| d.abs(), |mean| mean;

    /// The root of the mean of `(y - t)²`.
    RMSE, "root_mean_squared_error", |d| d * d, |mean| mean.sqrt();
}

/// The share of the targets' variance that the outputs explain, `1 - sum (y - t)² / sum (t - mean t)²`: the mean over the
/// numbers of the last axis.
#[derive(Clone, Debug, Default)]
pub struct R2Score {
    state: Columns,
}

/// Sums for each number of the last axis.
#[derive(Clone, Debug, Default)]
struct Columns {
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
        std::iter::once(self.weight).chain(columns).collect()
    }

    fn restore(&mut self, numbers: &[f64]) {
        let Some((weight, columns)) = numbers.split_first() else { return };
        let column = |three: &[f64]| Column { sum: three[0], squares: three[1], errors: three[2] };
        *self = Columns { weight: *weight, columns: columns.chunks_exact(3).map(column).collect() };
    }

    fn clear(&mut self) {
        self.weight = 0.0;
        self.columns.fill(Column::default());
    }
}

impl R2Score {
    /// The metric `r2_score`.
    pub fn new() -> Self {
        Self::default()
    }

    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        let Columns { weight: total, columns } = &mut self.state;
        columns.resize(batch.output.last().max(1), Column::default());
        each_row(batch, |place, y, weight| {
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
        let Columns { weight, columns } = &self.state;
        let score = |column: &Column| {
            let score = 1.0 - column.errors / (column.squares - column.sum * column.sum / weight);
            if score.is_infinite() { 0.0 } else { score }
        };
        if columns.is_empty() { 0.0 } else { columns.iter().map(score).sum::<f64>() / columns.len() as f64 }
    }
}

metric! { R2Score, "r2_score", Numbers }
impl<O> Fits<O> for R2Score {}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for R2Score {}
