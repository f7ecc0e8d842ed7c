//! What all losses have in common.

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

#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) reduction: Reduction,
    pub(crate) weight: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { reduction: Reduction::default(), weight: 1.0 }
    }
}

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
