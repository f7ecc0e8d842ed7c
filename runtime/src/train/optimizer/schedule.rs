//! Learning rates that change while a model trains.

use std::fmt;
use std::sync::Arc;

/// A learning rate that depends on the step.
pub trait Schedule: Send + Sync + fmt::Debug {
    /// The learning rate of a step; the first step is 0.
    fn at(&self, step: u64) -> f64;

    /// Do the settings make sense? Asked before training.
    ///
    /// # Errors
    /// If not; the message says which values the setting may have.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// A learning rate: a number, or a schedule.
#[derive(Clone, Debug)]
pub struct Rate(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Constant(f64),
    Schedule(Arc<dyn Schedule>),
}

impl Rate {
    /// The learning rate of a step.
    pub fn at(&self, step: u64) -> f64 {
        match &self.0 {
            Kind::Constant(rate) => *rate,
            Kind::Schedule(schedule) => schedule.at(step),
        }
    }
}

impl Rate {
    /// Do the settings of the schedule make sense?
    pub(crate) fn check(&self) -> Result<(), String> {
        match &self.0 {
            Kind::Constant(_) => Ok(()),
            Kind::Schedule(schedule) => schedule.check(),
        }
    }

    /// The rate, unless a schedule gives it.
    pub(crate) fn constant(&self) -> Option<f64> {
        match &self.0 {
            Kind::Constant(rate) => Some(*rate),
            Kind::Schedule(_) => None,
        }
    }
}

impl From<f64> for Rate {
    fn from(rate: f64) -> Self {
        Rate(Kind::Constant(rate))
    }
}

impl From<f32> for Rate {
    fn from(rate: f32) -> Self {
        Rate::from(f64::from(rate))
    }
}

impl From<i32> for Rate {
    fn from(rate: i32) -> Self {
        Rate::from(f64::from(rate))
    }
}

impl<S: Schedule + 'static> From<S> for Rate {
    fn from(schedule: S) -> Self {
        Rate(Kind::Schedule(Arc::new(schedule)))
    }
}
