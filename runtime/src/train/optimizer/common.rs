//! The settings that all optimizers have.

use std::any::Any;
use std::mem::discriminant;

use super::{Rate, Rule};
use crate::weights::Parameters;
use crate::{Error, Real, Result};

/// What happens to gradients that are too large.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clip {
    /// Each variable's gradient is scaled down to this norm.
    Norm(f64),
    /// The whole gradient is scaled down to this norm.
    GlobalNorm(f64),
    /// Each number stays between `-v` and `v`.
    Value(f64),
}

/// A moving average of the weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Average {
    pub(crate) momentum: f64,
    pub(crate) overwrite_every: Option<u64>,
}

pub(crate) struct Common {
    pub(crate) rate: Rate,
    pub(crate) weight_decay: Option<f64>,
    pub(crate) clip: Option<Clip>,
    /// Was a second kind of clipping asked for?
    pub(crate) clips_twice: bool,
    pub(crate) average: Option<Average>,
    /// As it was given.
    pub(crate) accumulation: u64,
    /// What the loss was multiplied by before its gradient was taken.
    pub(crate) loss_scale: Option<f64>,
    /// What the learning rate of some layers is multiplied by.
    pub(crate) multipliers: Vec<(String, f64)>,
    /// Calls of `apply` so far.
    pub(crate) calls: u64,
    /// Have the weights and their average changed places?
    pub(crate) swapped: bool,
    /// [`Slots`](super::step::Slots) of the model's element type, from the first step on.
    pub(crate) slots: Option<Box<dyn Any + Send + Sync>>,
}

impl std::fmt::Debug for Common {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Common").field("rate", &self.rate).field("calls", &self.calls).finish_non_exhaustive()
    }
}

/// A copy has the same settings and starts anew.
impl Clone for Common {
    fn clone(&self) -> Self {
        let (rate, multipliers) = (self.rate.clone(), self.multipliers.clone());
        Common { rate, multipliers, calls: 0, swapped: false, slots: None, ..*self }
    }
}

impl Common {
    pub(crate) fn new(rate: impl Into<Rate>) -> Self {
        Common {
            rate: rate.into(),
            weight_decay: None,
            clip: None,
            clips_twice: false,
            average: None,
            accumulation: 1,
            loss_scale: None,
            multipliers: Vec::new(),
            calls: 0,
            swapped: false,
            slots: None,
        }
    }

    /// The steps that changed the weights so far.
    pub(crate) fn steps(&self) -> u64 {
        self.calls / self.accumulate()
    }

    /// Batches that make one step.
    pub(crate) fn accumulate(&self) -> u64 {
        self.accumulation.max(1)
    }

    pub(crate) fn loss_scale(&self) -> f64 {
        self.loss_scale.unwrap_or(1.0)
    }

    /// Is the gradient changed before a rule gets it?
    pub(crate) fn keeps_gradient(&self) -> bool {
        self.clip.is_some() || self.accumulate() > 1 || self.loss_scale.is_some()
    }

    pub(crate) fn clip_by(&mut self, clip: Clip) {
        self.clips_twice |= self.clip.is_some_and(|other| discriminant(&other) != discriminant(&clip));
        self.clip = Some(clip);
    }

    /// A schedule counts batches, as in Keras, also where several make one step.
    pub(crate) fn learning_rate(&self) -> f64 {
        self.rate.at(self.calls)
    }

    /// What the learning rate of the variable at a path is multiplied by; the longest name decides.
    pub(crate) fn multiplier(&self, path: &str) -> f64 {
        owner(&self.multipliers, path).copied().unwrap_or(1.0)
    }

    /// Do the settings make sense?
    pub(crate) fn check<T: Real>(&self, rule: &impl Rule, model: &dyn Parameters<T>) -> Result<()> {
        let refused = |what: String| Error::Training(format!("the optimizer {what}"));
        rule.check().map_err(refused)?;
        self.rate.check().map_err(Error::Training)?;
        if self.clips_twice {
            return Err(refused("has more than one of clipnorm, global_clipnorm and clipvalue: give one".to_string()));
        }
        if self.accumulation == 0 {
            return Err(refused("has gradient_accumulation_steps = 0: give at least 1".to_string()));
        }
        if self.average.is_some_and(|average| average.overwrite_every == Some(0)) {
            return Err(refused("has ema_overwrite_frequency = 0: give at least 1".to_string()));
        }
        let at_least = |name: &str, value: Option<f64>, fits: fn(f64) -> bool, what: &str| match value {
            Some(value) if !fits(value) => {
                Err(Error::Training(format!("the optimizer's {name} is {value}: give a number {what}")))
            }
            _ => Ok(()),
        };
        let positive = |v: f64| v > 0.0 && v.is_finite();
        let (norm, value) = match self.clip {
            Some(Clip::Norm(v) | Clip::GlobalNorm(v)) => (Some(v), None),
            Some(Clip::Value(v)) => (None, Some(v)),
            None => (None, None),
        };
        let none_below = |v: f64| v >= 0.0 && v.is_finite();
        at_least("learning rate", Some(self.learning_rate()), none_below, "of at least 0, such as 0.001")?;
        at_least("weight_decay", self.weight_decay, none_below, "of at least 0, such as 0.004")?;
        at_least("norm to clip at", norm, positive, "above 0")?;
        at_least("clipvalue", value, positive, "above 0")?;
        at_least("loss_scale_factor", self.loss_scale, positive, "above 0, best a power of 2, such as 1024")?;
        let momentum = self.average.map(|average| average.momentum);
        at_least("ema_momentum", momentum, |v| (0.0..=1.0).contains(&v), "from 0 to 1, such as 0.99")?;
        for (layer, factor) in &self.multipliers {
            if !none_below(*factor) {
                let what = format!("has a learning rate of `{layer}` times {factor}: give a number of at least 0");
                return Err(refused(what));
            }
            known_layer(layer, model, "a learning rate")?;
        }
        Ok(())
    }
}

/// Does the variable at `path` belong to this layer?
fn owns(layer: &str, path: &str) -> bool {
    path.strip_prefix(layer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What is said of the layer (or the variable) that a path belongs to; the longest name decides.
pub(crate) fn owner<'a, S>(said: &'a [(String, S)], path: &str) -> Option<&'a S> {
    let owners = said.iter().filter(|(layer, _)| owns(layer, path));
    owners.max_by_key(|(layer, _)| layer.len()).map(|(_, said)| said)
}

/// Has the model a layer, or a variable, of that name?
pub(crate) fn known_layer<T: Real>(layer: &str, model: &dyn Parameters<T>, what: &str) -> Result<()> {
    let mut known = false;
    model.visit("", &mut |path, _| known |= owns(layer, path));
    if known {
        return Ok(());
    }
    let mut layers = Vec::new();
    model.visit("", &mut |path, _| layers.extend(path.split('/').next().map(str::to_string)));
    layers.dedup();
    let layers = layers.join(", ");
    Err(Error::Training(format!("the optimizer has {what} for `{layer}`, but the layers with weights are {layers}")))
}

/// The builders of those settings.
macro_rules! builders {
    ($optimizer:ident) => {
        impl $optimizer {
            /// Shrinks each weight by this share times the learning rate before each step (decoupled decay).
            pub fn weight_decay(mut self, decay: f64) -> Self {
                self.common.weight_decay = Some(decay);
                self
            }

            /// Scales each variable's gradient down to this norm. Only one kind of clipping may be given.
            pub fn clipnorm(mut self, norm: f64) -> Self {
                self.common.clip_by($crate::train::optimizer::common::Clip::Norm(norm));
                self
            }

            /// Scales the gradient of all variables together down to this norm. Only one kind of clipping may be given.
            pub fn global_clipnorm(mut self, norm: f64) -> Self {
                self.common.clip_by($crate::train::optimizer::common::Clip::GlobalNorm(norm));
                self
            }

            /// Keeps each number of the gradient between `-value` and `value`. Only one kind of clipping may be given.
            pub fn clipvalue(mut self, value: f64) -> Self {
                self.common.clip_by($crate::train::optimizer::common::Clip::Value(value));
                self
            }

            /// Keeps a moving average of the weights, which takes their place at the end of `fit`.
            pub fn use_ema(mut self, momentum: f64) -> Self {
                self.common.average =
                    Some($crate::train::optimizer::common::Average { momentum, overwrite_every: None });
                self
            }

            /// Lets the moving average take the place of the weights every so many steps, too.
            pub fn ema_overwrite_frequency(mut self, steps: u64) -> Self {
                let average = $crate::train::optimizer::common::Average { momentum: 0.99, overwrite_every: None };
                let average = self.common.average.get_or_insert(average);
                average.overwrite_every = Some(steps);
                self
            }

            /// Multiplies the learning rate of one layer (or of one variable, such as `dense/bias`): 0.1 for a layer that
            /// has been trained before, 0 for one that is to stay as it is.
            pub fn layer_rate(mut self, layer: impl Into<String>, factor: f64) -> Self {
                self.common.multipliers.push((layer.into(), factor));
                self
            }

            /// Multiplies the loss by this before its gradient is taken, and the gradient by its inverse afterwards, so that
            /// small gradients do not vanish on the way; 1 by default. A power of 2 changes nothing else.
            pub fn loss_scale_factor(mut self, factor: f64) -> Self {
                self.common.loss_scale = Some(factor);
                self
            }

            /// Changes the weights once in so many batches, by the mean of their gradients.
            pub fn gradient_accumulation_steps(mut self, steps: u64) -> Self {
                self.common.accumulation = steps;
                self
            }
        }
    };
}
pub(crate) use builders;
