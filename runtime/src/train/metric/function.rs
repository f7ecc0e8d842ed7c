//! A measure of one's own.

use std::fmt;

use super::mean::truth;
use super::{Mean, Metric, Metrics};
use crate::Real;
use crate::train::loss::Comparison;
use crate::train::{Accepts, DenseFor, Fits};

/// The mean of a measure of your own over all numbers of an output: a function that is given a number of the output and the
/// target's number in its place.
///
/// ```
/// use formwork::prelude::*;
///
/// // The share of outputs that are right to within a tenth.
/// let near = MetricFunction::new("near", |y, t| f64::from((y - t).abs() < 0.1));
///
/// model!(fn Demand(x: Input<4>) -> Output<1> { Dense(1)(x) });
/// let model = Demand::new(1).compile(Adam::new(1e-3), MeanSquaredError::new()).metrics((MAE::new(), near));
/// ```
///
/// A metric that is no mean, or that looks at more than one number at a time, implements [`Metric`].
#[derive(Clone)]
pub struct MetricFunction<F> {
    name: &'static str,
    function: F,
    state: Mean,
}

impl<F: Fn(f64, f64) -> f64 + Send + Sync> MetricFunction<F> {
    /// The metric of this name, as reports have it.
    pub fn new(name: &'static str, function: F) -> Self {
        MetricFunction { name, function, state: Mean::default() }
    }
}

impl<F> fmt::Debug for MetricFunction<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricFunction").field("name", &self.name).field("state", &self.state).finish_non_exhaustive()
    }
}

impl<T: Real, F: Fn(f64, f64) -> f64 + Send + Sync> Metric<T> for MetricFunction<F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn reset(&mut self) {
        self.state.clear();
    }

    fn update(&mut self, batch: Comparison<'_, T>) {
        let function = &self.function;
        self.state.add(&batch, |place, y| {
            let pairs = y.iter().zip(truth(&batch, place));
            pairs.map(|(y, t)| function(y.wide(), t.wide())).sum::<f64>() / y.len() as f64
        });
    }

    fn result(&self) -> f64 {
        self.state.value()
    }

    fn state(&self) -> Vec<f64> {
        self.state.numbers()
    }

    fn restore(&mut self, state: &[f64]) {
        self.state.restore(state);
    }
}

impl<T: Real, F: Fn(f64, f64) -> f64 + Send + Sync> Metrics<T> for MetricFunction<F> {
    fn visit(&mut self, output: usize, f: &mut dyn FnMut(usize, &mut dyn Metric<T>)) {
        f(output, self);
    }
}

impl<O, F> Fits<O> for MetricFunction<F> {}
impl<O, Y: DenseFor<O>, F> Accepts<O, Y> for MetricFunction<F> {}
