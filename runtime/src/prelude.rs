//! Everything that a program which trains a model names: `use formwork::prelude::*;`.

pub use crate::data::{Batches, Dataset, Padding, SampleWeights, pad_sequences, to_categorical};
pub use crate::model::Model;
#[rustfmt::skip]
pub use crate::train::{
    // Training.
    Back, Compiled, Fit, Gradients, History, Report, Tape, Trainable,
    // Callbacks.
    BackupAndRestore, CSVLogger, Callback, EarlyStopping, Interrupt, LambdaCallback, LearningRateScheduler,
    ModelCheckpoint, ReduceLROnPlateau, SwapEMAWeights, Training,
    // Losses.
    BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CTC, CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Dice, Hinge, Huber, KLDivergence, LogCosh, Loss, LossFunction, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson, Reduction,
    SparseCategoricalCrossentropy, SquaredHinge, Tversky,
    // Optimizers and schedules.
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, CosineDecay, CosineDecayRestarts, ExponentialDecay, Ftrl, InverseTimeDecay,
    Lamb, Lion, LossScaleOptimizer, MultiOptimizer, Muon, Nadam, Optimizer, PiecewiseConstantDecay, PolynomialDecay, RMSprop, SGD,
    ScheduleFreeAdamW,
    // Metrics.
    AUC, Accuracy, Aggregation, Average, BinaryAccuracy, BinaryIoU, CategoricalAccuracy, ConcordanceCorrelation,
    ConfusionMatrix, Cosine, Curve, F1Score, FBetaScore, FalseNegatives, FalsePositives, IoU, LossMetric, MAE, MSE,
    MeanIoU, Metric, MetricFunction, OneHotIoU, OneHotMeanIoU, PearsonCorrelation, Precision, PrecisionAtRecall, R2Score, RMSE, Recall,
    RecallAtPrecision, SensitivityAtSpecificity, SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy,
    SpecificityAtSensitivity, SummationMethod, TopKCategoricalAccuracy, TrueNegatives, TruePositives, Weighted,
};
#[cfg(feature = "tensorboard")]
pub use crate::train::TensorBoard;
pub use crate::weights::Parameters;
pub use crate::{Error, Real, Result, Summary, model};
// Once more without a name, so that a model that is itself called `Model` keeps its methods.
pub use crate::model::Model as _;
pub use crate::train::Trainable as _;
pub use crate::train::Uncompiled as _;
pub use crate::weights::Parameters as _;
