//! How far whole rows point, or move, the same way.

use super::mean::means;
use crate::Real;

means! {
    /// The cosine of the angle between the rows of outputs and targets: 1 where they point the same way. Keras calls this
    /// metric `CosineSimilarity`, as it does a loss of the opposite sign.
    Cosine, "cosine_similarity", axis, |y, t| {
        let length = |row: &[T]| dot(row, row).max(0.0).sqrt().max(1e-7);
        dot(y, t) / (length(y) * length(t))
    };

    /// The correlation between the rows of outputs and targets: -1 to 1.
    PearsonCorrelation, "pearson_correlation", axis, |y, t| {
        let (_, y_variance, _, t_variance, covariance) = moments(y, t);
        covariance / (y_variance * t_variance).sqrt()
    };

    /// How well rows of outputs agree with their targets, `2 cov / (var + var + (mean - mean)²)`: 1 where they are equal.
    ///
    /// Lin (1989), <https://doi.org/10.2307/2532051>.
    ConcordanceCorrelation, "concordance_correlation", axis, |y, t| {
        let (y_mean, y_variance, t_mean, t_variance, covariance) = moments(y, t);
        2.0 * covariance / (y_variance + t_variance + (y_mean - t_mean) * (y_mean - t_mean))
    };
}

fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.wide() * b.wide()).sum()
}

/// The mean and variance of each row, and their covariance.
fn moments<T: Real>(y: &[T], t: &[T]) -> (f64, f64, f64, f64, f64) {
    let count = y.len() as f64;
    let mean = |row: &[T]| row.iter().map(|v| v.wide()).sum::<f64>() / count;
    let (y_mean, t_mean) = (mean(y), mean(t));
    let (mut yy, mut tt, mut yt) = (0.0, 0.0, 0.0);
    for (y, t) in y.iter().zip(t) {
        let (y, t) = (y.wide() - y_mean, t.wide() - t_mean);
        (yy, tt, yt) = (yy + y * y, tt + t * t, yt + y * t);
    }
    (y_mean, yy / count, t_mean, tt / count, yt / count)
}
