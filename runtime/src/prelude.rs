//! Everything that a program which trains a model names: `use formwork::prelude::*;`.

pub use crate::model::Model;
pub use crate::train::{
    Accuracy, Adam, AdamW, BinaryAccuracy, CategoricalAccuracy, CategoricalCrossentropy, Compiled, Dataset, Fit,
    Gradients, History, MeanSquaredError, Metric, Optimizer, Reduction, Report, SGD, SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy, Trainable,
};
pub use crate::weights::Parameters;
pub use crate::{Error, Real, Result, model};
