//! What all losses have in common.

use std::ops::RangeInclusive;

use formwork_shape::Shape;

use super::axes::Axes;

/// How the losses of a batch become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// Their sum, divided by how many there are.
    #[default]
    SumOverBatchSize,
    /// Their sum.
    Sum,
    /// Their sum, divided by the sum of the sample weights.
    MeanWithSampleWeight,
}

/// The loss takes probabilities.
#[derive(Clone, Copy, Debug)]
pub struct Probabilities;

/// The loss takes numbers that it turns into probabilities itself.
#[derive(Clone, Copy, Debug)]
pub struct FromLogits;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) reduction: Reduction,
    pub(crate) weight: f64,
    /// What the loss goes along; all numbers of a batch together where there is none.
    pub(crate) axes: Option<Axes>,
}

impl Default for Options {
    fn default() -> Self {
        Options { reduction: Reduction::default(), weight: 1.0, axes: Some(Axes::from(-1)) }
    }
}

impl Options {
    /// Do they make sense for an output of this shape?
    pub(crate) fn check(&self, output: &Shape) -> Result<(), String> {
        within("weight", self.weight, 0.0..=f64::MAX)?;
        self.axes.as_ref().map_or(Ok(()), |axes| axes.of(output).map(drop))
    }

    /// What the sum of the losses of `count` samples is multiplied by; `weighed` is the sum of their weights.
    pub(crate) fn scale_of(&self, count: usize, weighed: Option<f64>) -> f64 {
        let divisor = match (self.reduction, weighed) {
            (Reduction::Sum, _) => return 1.0,
            (Reduction::MeanWithSampleWeight, Some(weighed)) => weighed,
            _ => count as f64,
        };
        if divisor == 0.0 { 0.0 } else { 1.0 / divisor }
    }
}

/// Is a setting in its range? The message says what it is, what it may be, and an example where that helps.
pub(crate) fn within(name: &str, value: f64, range: RangeInclusive<f64>) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(match *range.end() {
        f64::MAX => format!("has {name} = {value}: give a number of at least {}", range.start()),
        end => format!("has {name} = {value}: give a number from {} to {end}", range.start()),
    })
}

/// The setting `axis` of a loss that goes along one axis.
macro_rules! axis {
    ($loss:ident $(<$generic:ident>)?) => {
        impl $(<$generic>)? $loss $(<$generic>)? {
            /// The axis that the loss goes along: 0 is the batch, 1 the first axis of a sample, -1, the default, the last
            /// axis. Class ids and a loss a row have the other axes.
            pub fn axis(mut self, axis: i32) -> Self {
                self.options.axes = Some(axis.into());
                self
            }
        }
    };
}
pub(crate) use axis;

/// The settings that every loss has.
macro_rules! options {
    ($loss:ident $(<$generic:ident>)?) => {
        impl $(<$generic>)? $loss $(<$generic>)? {
            /// How the losses of a batch become one number; the mean by default.
            pub fn reduction(mut self, reduction: $crate::train::loss::Reduction) -> Self {
                self.options.reduction = reduction;
                self
            }

            /// What this output's loss counts in the sum over all outputs (Keras' `loss_weights`); 1 by default.
            pub fn weight(mut self, weight: f64) -> Self {
                self.options.weight = weight;
                self
            }
        }
    };
}
pub(crate) use options;
