//! The classes of Keras and what each of them is called here.

/// A class of Keras in the words of `formwork::train`.
pub(super) struct Class {
    /// Keras' name.
    pub(super) name: &'static str,
    /// The constructor.
    pub(super) new: &'static str,
    /// The settings that the constructor takes, in its order.
    pub(super) takes: &'static [&'static str],
    /// The settings that builders take; `keras=builder` where the names differ.
    pub(super) builders: &'static [&'static str],
}

const fn class(
    name: &'static str,
    new: &'static str,
    takes: &'static [&'static str],
    builders: &'static [&'static str],
) -> Class {
    Class { name, new, takes, builders }
}

pub(super) const LOSSES: &[Class] = &[
    class("BinaryCrossentropy", "BinaryCrossentropy", &[], &["label_smoothing", "axis"]),
    class("BinaryFocalCrossentropy", "BinaryFocalCrossentropy", &[], &["label_smoothing", "gamma", "axis"]),
    class("CTC", "CTC", &[], &[]),
    class("CategoricalCrossentropy", "CategoricalCrossentropy", &[], &["label_smoothing", "axis"]),
    class(
        "CategoricalFocalCrossentropy",
        "CategoricalFocalCrossentropy",
        &[],
        &["label_smoothing", "gamma", "alpha", "axis"],
    ),
    class("CategoricalGeneralizedCrossEntropy", "CategoricalGeneralizedCrossEntropy", &[], &["q"]),
    class("CategoricalHinge", "CategoricalHinge", &[], &[]),
    class("Circle", "Circle", &[], &["gamma", "margin", "remove_diagonal"]),
    class("CosineSimilarity", "CosineSimilarity", &[], &["axis"]),
    class("Dice", "Dice", &[], &["axis"]),
    class("Hinge", "Hinge", &[], &[]),
    class("Huber", "Huber", &[], &["delta"]),
    class("KLDivergence", "KLDivergence", &[], &[]),
    class("LogCosh", "LogCosh", &[], &[]),
    class("MeanAbsoluteError", "MeanAbsoluteError", &[], &[]),
    class("MeanAbsolutePercentageError", "MeanAbsolutePercentageError", &[], &[]),
    class("MeanSquaredError", "MeanSquaredError", &[], &[]),
    class("MeanSquaredLogarithmicError", "MeanSquaredLogarithmicError", &[], &[]),
    class("Poisson", "Poisson", &[], &[]),
    class("SparseCategoricalCrossentropy", "SparseCategoricalCrossentropy", &[], &["ignore_class", "axis"]),
    class("SquaredHinge", "SquaredHinge", &[], &[]),
    class("Tversky", "Tversky", &[], &["alpha", "beta", "axis"]),
];

const RATE: &[&str] = &["learning_rate"];

pub(super) const OPTIMIZERS: &[Class] = &[
    class("Adafactor", "Adafactor", RATE, &["beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold"]),
    class("Lamb", "Lamb", RATE, &["beta_1", "beta_2", "epsilon"]),
    class("SGD", "SGD", RATE, &["momentum", "nesterov"]),
    class("RMSprop", "RMSprop", RATE, &["rho", "momentum", "epsilon", "centered"]),
    class("Adam", "Adam", RATE, &["beta_1", "beta_2", "epsilon", "amsgrad"]),
    class("AdamW", "AdamW", RATE, &["beta_1", "beta_2", "epsilon", "amsgrad"]),
    class("Adagrad", "Adagrad", RATE, &["initial_accumulator_value", "epsilon"]),
    class("Adadelta", "Adadelta", RATE, &["rho", "epsilon"]),
    class("Adamax", "Adamax", RATE, &["beta_1", "beta_2", "epsilon"]),
    class("Nadam", "Nadam", RATE, &["beta_1", "beta_2", "epsilon"]),
    class("Lion", "Lion", RATE, &["beta_1", "beta_2"]),
    class(
        "Muon",
        "Muon",
        RATE,
        &[
            "adam_beta_1",
            "adam_beta_2",
            "adam_weight_decay",
            "epsilon",
            "muon_a",
            "muon_b",
            "muon_c",
            "adam_lr_ratio",
            "momentum",
            "ns_steps",
            "nesterov",
            "exclude_layers",
            "exclude_embeddings",
        ],
    ),
    class("ScheduleFreeAdamW", "ScheduleFreeAdamW", RATE, &["beta_1", "beta_2", "epsilon", "warmup_steps"]),
    class(
        "Ftrl",
        "Ftrl",
        RATE,
        &[
            "learning_rate_power",
            "initial_accumulator_value",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "l2_shrinkage_regularization_strength",
            "beta",
        ],
    ),
];

/// The settings that all optimizers have; null leaves them out.
pub(super) const COMMON: &[&str] =
    &["weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "gradient_accumulation_steps", "loss_scale_factor"];

const DECAY: &[&str] = &["initial_learning_rate", "decay_steps", "decay_rate"];

pub(super) const SCHEDULES: &[Class] = &[
    class("ExponentialDecay", "ExponentialDecay", DECAY, &["staircase"]),
    class("InverseTimeDecay", "InverseTimeDecay", DECAY, &["staircase"]),
    class(
        "PolynomialDecay",
        "PolynomialDecay",
        &["initial_learning_rate", "decay_steps"],
        &["end_learning_rate=end", "power", "cycle"],
    ),
    class("CosineDecay", "CosineDecay", &["initial_learning_rate", "decay_steps"], &["alpha"]),
    class(
        "CosineDecayRestarts",
        "CosineDecayRestarts",
        &["initial_learning_rate", "first_decay_steps"],
        &["t_mul", "m_mul", "alpha"],
    ),
];

pub(super) const METRICS: &[Class] = &[
    class("Accuracy", "Accuracy", &[], &[]),
    class("AUC", "AUC", &[], &["num_thresholds", "multi_label", "label_weights", "from_logits"]),
    class("BinaryAccuracy", "BinaryAccuracy", &[], &["threshold"]),
    class("BinaryIoU", "BinaryIoU", &[], &["target_class_ids", "threshold"]),
    class("CategoricalAccuracy", "CategoricalAccuracy", &[], &[]),
    class("ConcordanceCorrelation", "ConcordanceCorrelation", &[], &["axis"]),
    class("CosineSimilarity", "Cosine", &[], &["axis"]),
    class("F1Score", "F1Score", &[], &["threshold"]),
    class("FBetaScore", "FBetaScore", &[], &["beta", "threshold"]),
    class("FalseNegatives", "FalseNegatives", &[], &["thresholds"]),
    class("FalsePositives", "FalsePositives", &[], &["thresholds"]),
    class("IoU", "IoU", &["num_classes", "target_class_ids"], &["ignore_class"]),
    class("MeanAbsoluteError", "MAE", &[], &[]),
    class("MeanIoU", "MeanIoU", &["num_classes"], &["ignore_class"]),
    class("MeanSquaredError", "MSE", &[], &[]),
    class("OneHotIoU", "OneHotIoU", &["num_classes", "target_class_ids"], &["ignore_class"]),
    class("OneHotMeanIoU", "OneHotMeanIoU", &["num_classes"], &["ignore_class"]),
    class("PearsonCorrelation", "PearsonCorrelation", &[], &["axis"]),
    class("Precision", "Precision", &[], &["top_k", "thresholds", "class_id"]),
    class("PrecisionAtRecall", "PrecisionAtRecall", &["recall"], &["num_thresholds", "class_id"]),
    class("R2Score", "R2Score", &[], &["num_regressors"]),
    class("Recall", "Recall", &[], &["top_k", "thresholds", "class_id"]),
    class("RecallAtPrecision", "RecallAtPrecision", &["precision"], &["num_thresholds", "class_id"]),
    class("RootMeanSquaredError", "RMSE", &[], &[]),
    class("SensitivityAtSpecificity", "SensitivityAtSpecificity", &["specificity"], &["num_thresholds", "class_id"]),
    class("SparseCategoricalAccuracy", "SparseCategoricalAccuracy", &[], &[]),
    class("SparseTopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy", &["k"], &[]),
    class("SpecificityAtSensitivity", "SpecificityAtSensitivity", &["sensitivity"], &["num_thresholds", "class_id"]),
    class("TopKCategoricalAccuracy", "TopKCategoricalAccuracy", &["k"], &[]),
    class("TrueNegatives", "TrueNegatives", &[], &["thresholds"]),
    class("TruePositives", "TruePositives", &[], &["thresholds"]),
];

/// Metrics that are the mean of a loss; the loss's name where it differs.
pub(super) const OF_LOSSES: &[(&str, &str)] = &[
    ("BinaryCrossentropy", "BinaryCrossentropy"),
    ("CategoricalCrossentropy", "CategoricalCrossentropy"),
    ("CategoricalHinge", "CategoricalHinge"),
    ("Hinge", "Hinge"),
    ("KLDivergence", "KLDivergence"),
    ("LogCoshError", "LogCosh"),
    ("MeanAbsolutePercentageError", "MeanAbsolutePercentageError"),
    ("MeanSquaredLogarithmicError", "MeanSquaredLogarithmicError"),
    ("Poisson", "Poisson"),
    ("SparseCategoricalCrossentropy", "SparseCategoricalCrossentropy"),
    ("SquaredHinge", "SquaredHinge"),
];
