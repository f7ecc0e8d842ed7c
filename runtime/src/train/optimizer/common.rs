//! The settings that all optimizers have.

use std::any::Any;

use super::Rate;

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
    pub(crate) average: Option<Average>,
    pub(crate) accumulate: u64,
    /// Calls of `apply` so far.
    pub(crate) calls: u64,
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
        Common { rate: self.rate.clone(), calls: 0, slots: None, ..*self }
    }
}

impl Common {
    pub(crate) fn new(rate: impl Into<Rate>) -> Self {
        Common {
            rate: rate.into(),
            weight_decay: None,
            clip: None,
            average: None,
            accumulate: 1,
            calls: 0,
            slots: None,
        }
    }

    /// The steps that changed the weights so far.
    pub(crate) fn steps(&self) -> u64 {
        self.calls / self.accumulate
    }

    pub(crate) fn learning_rate(&self) -> f64 {
        self.rate.at(self.steps())
    }
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

            /// Scales each variable's gradient down to this norm. Replaces any other clipping.
            pub fn clipnorm(mut self, norm: f64) -> Self {
                self.common.clip = Some($crate::train::optimizer::common::Clip::Norm(norm));
                self
            }

            /// Scales the gradient of all variables together down to this norm. Replaces any other clipping.
            pub fn global_clipnorm(mut self, norm: f64) -> Self {
                self.common.clip = Some($crate::train::optimizer::common::Clip::GlobalNorm(norm));
                self
            }

            /// Keeps each number of the gradient between `-value` and `value`. Replaces any other clipping.
            pub fn clipvalue(mut self, value: f64) -> Self {
                self.common.clip = Some($crate::train::optimizer::common::Clip::Value(value));
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
                average.overwrite_every = Some(steps.max(1));
                self
            }

            /// Changes the weights once in so many batches, by the mean of their gradients.
            pub fn gradient_accumulation_steps(mut self, steps: u64) -> Self {
                self.common.accumulate = steps.max(1);
                self
            }
        }
    };
}
pub(crate) use builders;
