//! Metrics for which the weights of samples count.

use formwork_shape::Shape;

use super::{Metric, Metrics};
use crate::Real;
use crate::train::loss::{Comparison, Takes};
use crate::train::{Accepts, Fits};

/// Metrics for which the weights of samples and classes count (Keras' `weighted_metrics`); their names begin with
/// `weighted_`. Other metrics count all samples the same.
#[derive(Clone, Debug)]
pub struct Weighted<A>(pub A);

struct Counted<'a, T>(&'a mut dyn Metric<T>);

impl<T: Real> Metric<T> for Counted<'_, T> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn takes(&self) -> Takes {
        self.0.takes()
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn update(&mut self, batch: Comparison<'_, T>) {
        self.0.update(batch);
    }

    fn result(&self) -> f64 {
        self.0.result()
    }

    fn each(&self, f: &mut dyn FnMut(&str, f64)) {
        self.0.each(f);
    }

    fn check(&self, output: &Shape) -> Result<(), String> {
        self.0.check(output)
    }

    fn weighted(&self) -> bool {
        true
    }

    fn state(&self) -> Vec<f64> {
        self.0.state()
    }

    fn restore(&mut self, state: &[f64]) {
        self.0.restore(state);
    }
}

impl<T: Real, A: Metrics<T>> Metrics<T> for Weighted<A> {
    fn visit(&mut self, output: usize, f: &mut dyn FnMut(usize, &mut dyn Metric<T>)) {
        self.0.visit(output, &mut |output, metric| f(output, &mut Counted(metric)));
    }
}

#[diagnostic::do_not_recommend]
impl<O, A: Fits<O>> Fits<O> for Weighted<A> {}
impl<O, Y, A: Accepts<O, Y>> Accepts<O, Y> for Weighted<A> {}
