//! The types behind [`Training`](super::Training), which callbacks do not know.

use std::any::Any;
use std::path::Path;

use super::callback::Running;
use super::metric::Metrics;
use super::optimizer::Optimizer;
use super::report::{Log, Report};
use super::state::State;
use crate::model::Model;
use crate::weights::Parameters;
use crate::{Error, Result};

/// A model with what trains it, borrowed between two steps.
pub(crate) struct Live<'a, M, O, A> {
    pub(crate) model: &'a mut M,
    pub(crate) optimizer: &'a mut O,
    pub(crate) metrics: &'a mut A,
    pub(crate) log: &'a Log,
    /// The report of the epoch, once there is one.
    pub(crate) report: Option<&'a Report>,
}

impl<M: Model, O: Optimizer<M::Element>, A: Metrics<M::Element>> Running for Live<'_, M, O, A> {
    fn model(&mut self) -> &mut dyn Any {
        self.model
    }

    fn step(&self) -> u64 {
        self.model.core().step
    }

    fn save(&self, path: &Path) -> Result<()> {
        self.model.save(path)
    }

    fn weights(&self) -> State {
        weights(&*self.model)
    }

    fn set_weights(&mut self, weights: &State) -> Result<()> {
        let mut missing = None;
        self.model.visit("", &mut |path, variable| {
            if weights.get::<M::Element>(path).is_none_or(|data| data.len() != variable.data().len()) {
                missing.get_or_insert_with(|| path.to_string());
            }
        });
        if let Some(path) = missing {
            return Err(Error::Training(format!("these weights are of another model: they have no `{path}`")));
        }
        self.model.visit_mut("", &mut |path, variable| {
            if let Some(data) = weights.get(path) {
                variable.data_mut().copy_from_slice(&data);
            }
        });
        Ok(())
    }

    fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate()
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.optimizer.set_learning_rate(rate);
    }

    fn averages(&self) -> bool {
        self.optimizer.averages()
    }

    fn swap_average(&mut self) {
        self.optimizer.swap_average(self.model);
    }

    fn report(&mut self) -> Report {
        self.report.cloned().unwrap_or_else(|| self.log.report(M::GRAPH, self.metrics))
    }
}

fn weights<T: crate::Real>(model: &dyn Parameters<T>) -> State {
    let mut state = State::new();
    model.visit("", &mut |path, variable| state.put(path, variable.data()));
    state
}
