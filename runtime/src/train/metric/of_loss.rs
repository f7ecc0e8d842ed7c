//! Losses as metrics.

use formwork_shape::Shape;

use super::mean::{each_row, shown};
use super::{Mean, Metric, Metrics};
use crate::Real;
use crate::train::loss::{Comparison, Loss, Takes};
use crate::train::{Accepts, Fits};

/// The mean of a loss over all batches as a metric, under the loss's name: `LossMetric::new(Huber::new())`.
#[derive(Clone, Debug)]
pub struct LossMetric<L> {
    loss: L,
    state: Mean,
}

impl<L> LossMetric<L> {
    /// Measures this loss.
    pub fn new(loss: L) -> Self {
        LossMetric { loss, state: Mean::default() }
    }
}

impl<T: Real, L: Loss<T>> Metric<T> for LossMetric<L> {
    fn name(&self) -> &'static str {
        self.loss.name()
    }

    fn takes(&self) -> Takes {
        self.loss.takes()
    }

    fn reset(&mut self) {
        self.state.clear();
    }

    fn update(&mut self, batch: Comparison<'_, T>) {
        // What rows weigh, masked ones nothing, and how many of them the loss of the batch is a mean of.
        let (mut weights, mut counted) = (0.0, 0.0);
        each_row(&batch, |place, _, weight| {
            let shown = shown(&batch, place);
            weights += weight * shown;
            counted += shown;
        });
        self.state.sum += self.loss.compute(batch) * counted;
        self.state.count += weights;
    }

    fn result(&self) -> f64 {
        self.state.value()
    }

    fn check(&self, output: &Shape) -> Result<(), String> {
        self.loss.check(output)
    }

    fn state(&self) -> Vec<f64> {
        self.state.numbers()
    }

    fn restore(&mut self, state: &[f64]) {
        self.state.restore(state);
    }
}

impl<T: Real, L: Loss<T>> Metrics<T> for LossMetric<L> {
    fn visit(&mut self, output: usize, f: &mut dyn FnMut(usize, &mut dyn Metric<T>)) {
        f(output, self);
    }
}

#[diagnostic::do_not_recommend]
impl<O, L: Fits<O>> Fits<O> for LossMetric<L> {}
impl<O, Y, L: Accepts<O, Y>> Accepts<O, Y> for LossMetric<L> {}
