//! Losses, optimizers, schedules and metrics as expressions of the public API.

use serde_json::Value;

use super::case::{Batch, Config};

/// A class of Keras in the words of `formwork::train`.
struct Class {
    /// Keras' name.
    name: &'static str,
    /// The constructor.
    new: &'static str,
    /// The settings that the constructor takes, in its order.
    takes: &'static [&'static str],
    /// The settings that builders take; `keras=builder` where the names differ.
    builders: &'static [&'static str],
}

const fn class(
    name: &'static str,
    new: &'static str,
    takes: &'static [&'static str],
    builders: &'static [&'static str],
) -> Class {
    Class { name, new, takes, builders }
}

const LOSSES: &[Class] = &[
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

/// The losses that are made by `from_logits()` as well.
const LOGITS: &[&str] = &[
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "SparseCategoricalCrossentropy",
];

const RATE: &[&str] = &["learning_rate"];

const OPTIMIZERS: &[Class] = &[
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
const COMMON: &[&str] =
    &["weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "gradient_accumulation_steps", "loss_scale_factor"];

const DECAY: &[&str] = &["initial_learning_rate", "decay_steps", "decay_rate"];

const SCHEDULES: &[Class] = &[
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

const METRICS: &[Class] = &[
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
const OF_LOSSES: &[(&str, &str)] = &[
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

/// The settings that are whole numbers.
const WHOLE: &[&str] = &[
    "decay_steps",
    "first_decay_steps",
    "warmup_steps",
    "ns_steps",
    "dynamic_growth_steps",
    "gradient_accumulation_steps",
    "ema_overwrite_frequency",
    "ignore_class",
    "k",
    "num_thresholds",
    "num_classes",
    "num_regressors",
    "target_class_ids",
    "top_k",
    "class_id",
    "axis",
];

/// A setting that is a word: its name, its type, and the word of each in Keras and here.
type Words = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const WORDS: &[Words] = &[
    ("curve", "Curve", &[("ROC", "ROC"), ("PR", "PR"), ("PRGAIN", "PRGAIN")]),
    (
        "summation_method",
        "SummationMethod",
        &[("interpolation", "Interpolation"), ("minoring", "Minoring"), ("majoring", "Majoring")],
    ),
    ("average", "Average", &[("micro", "Micro"), ("macro", "Macro"), ("weighted", "Weighted")]),
    (
        "class_aggregation",
        "Aggregation",
        &[("uniform_average", "UniformAverage"), ("variance_weighted_average", "VarianceWeightedAverage")],
    ),
];

/// The settings that nobody reads.
const IDLE: &[(&str, &str)] = &[
    ("axis", "-1"),
    ("dtype", "\"float32\""),
    // A rate that is not relative is held below the same bound.
    ("relative_step", "true"),
    ("relative_step", "false"),
    ("from_logits", "false"),
    ("from_sorted_ids", "false"),
];

/// Settings that are taken one by one; what is left over is unsupported.
struct Settings<'a> {
    class: &'a str,
    left: Config,
}

impl<'a> Settings<'a> {
    fn new(class: &'a str, config: &Config) -> Self {
        Settings { class, left: config.clone() }
    }

    /// The value of a setting; none if it is null.
    fn take(&mut self, key: &str) -> Option<Value> {
        self.left.remove(key).filter(|value| !value.is_null())
    }

    fn is(&mut self, key: &str) -> bool {
        self.take(key) == Some(Value::Bool(true))
    }

    fn need(&mut self, key: &str) -> Result<Value, String> {
        self.take(key).ok_or_else(|| format!("{} without {key}", self.class))
    }

    /// `.momentum(0.9)` for a setting that is there.
    fn build(&mut self, key: &str, builder: &str) -> Result<String, String> {
        match self.take(key) {
            Some(value) => Ok(format!(".{builder}({})", literal(key, &value)?)),
            None => Ok(String::new()),
        }
    }

    fn finish(self) -> Result<(), String> {
        let idle = |key: &str, value: &Value| {
            let written = value.to_string();
            IDLE.iter().any(|(k, v)| *k == key && *v == written)
        };
        match self.left.iter().find(|(key, value)| !value.is_null() && !idle(key, value)) {
            Some((key, value)) => Err(format!("{} has no setting {key} = {value}", self.class)),
            None => Ok(()),
        }
    }
}

/// A setting as Rust: a whole number, true or false, or a float.
fn literal(key: &str, value: &Value) -> Result<String, String> {
    let wrong = || format!("{key} = {value} is not a setting that the builders take");
    if let Value::Bool(value) = value {
        return Ok(value.to_string());
    }
    if let Value::String(word) = value {
        return Ok(format!("{word:?}"));
    }
    if let Value::Array(values) = value {
        let key = if key == "thresholds" { "threshold" } else { key };
        let values: Vec<String> = values.iter().map(|value| literal(key, value)).collect::<Result<_, _>>()?;
        return Ok(format!("vec![{}]", values.join(", ")));
    }
    if key == "thresholds" {
        return Ok(format!("vec![{}]", literal("threshold", value)?));
    }
    let number = value.as_f64().ok_or_else(wrong)?;
    if !WHOLE.contains(&key) {
        return Ok(format!("{number:?}_f64"));
    }
    if (number < 0.0 && !["axis", "ignore_class"].contains(&key)) || number.fract() != 0.0 {
        return Err(wrong());
    }
    Ok(format!("{number:.0}"))
}

/// `Adam::new(0.001_f64).beta_1(0.9_f64)`
fn constructed(
    classes: &[Class],
    what: &str,
    constructor: &str,
    settings: &mut Settings<'_>,
) -> Result<String, String> {
    let found = classes.iter().find(|class| class.name == settings.class);
    let class = found.ok_or_else(|| format!("there is no {what} {}", settings.class))?;
    let mut arguments = Vec::new();
    for key in class.takes {
        let value = settings.need(key)?;
        arguments.push(match &value {
            Value::Object(object) => nested_schedule(object)?,
            value => literal(key, value)?,
        });
    }
    let mut text = format!("{}::{constructor}({})", class.new, arguments.join(", "));
    for key in class.builders {
        let (key, builder) = key.split_once('=').unwrap_or((key, key));
        text += &settings.build(key, builder)?;
    }
    Ok(text)
}

/// A schedule in the place of a learning rate.
fn nested_schedule(object: &Config) -> Result<String, String> {
    let class = object.get("class_name").and_then(Value::as_str);
    let config = object.get("config").and_then(Value::as_object);
    let (Some(class), Some(config)) = (class, config) else {
        return Err("the learning rate is neither a number nor a schedule".to_string());
    };
    schedule(class, config)
}

/// A schedule as an expression.
pub fn schedule(class: &str, config: &Config) -> Result<String, String> {
    let mut settings = Settings::new(class, config);
    if class == "PiecewiseConstantDecay" {
        let text = pieces(&mut settings)?;
        settings.finish()?;
        return Ok(text);
    }
    let mut text = constructed(SCHEDULES, "schedule", "new", &mut settings)?;
    if class == "CosineDecay" {
        let steps = settings.take("warmup_steps").unwrap_or_else(|| Value::from(0));
        if let Some(target) = settings.take("warmup_target") {
            let (target, steps) = (literal("warmup_target", &target)?, literal("warmup_steps", &steps)?);
            text += &format!(".warmup({target}, {steps})");
        }
    }
    settings.finish()?;
    Ok(text)
}

fn pieces(settings: &mut Settings<'_>) -> Result<String, String> {
    let mut list = |key: &'static str, whole: &str| -> Result<Vec<String>, String> {
        let value = settings.need(key)?;
        let values = value.as_array().ok_or_else(|| format!("{key} should be a list"))?;
        values.iter().map(|value| literal(whole, value)).collect()
    };
    let (boundaries, values) = (list("boundaries", "decay_steps")?, list("values", "values")?);
    let Some((last, rates)) = values.split_last().filter(|(_, rates)| rates.len() == boundaries.len()) else {
        return Err("PiecewiseConstantDecay needs one value more than it has boundaries".to_string());
    };
    let pieces: Vec<String> = boundaries.iter().zip(rates).map(|(b, rate)| format!("({b}, {rate})")).collect();
    Ok(format!("PiecewiseConstantDecay::new(vec![{}], {last})", pieces.join(", ")))
}

/// An optimizer as an expression.
pub fn optimizer(class: &str, config: &Config) -> Result<String, String> {
    let mut settings = Settings::new(class, config);
    if class == "LossScaleOptimizer" {
        return loss_scale(settings);
    }
    // No decay at all, where ours is not 0 by default.
    for key in ["weight_decay", "adam_weight_decay"] {
        if class == "Muon" && settings.left.get(key).is_some_and(Value::is_null) {
            settings.left.insert(key.to_string(), Value::from(0.0));
        }
    }
    settings
        .left
        .retain(|key, value| key != "exclude_layers" || value.as_array().is_none_or(|words| !words.is_empty()));
    let rms_rate = settings.left.remove("rms_rate");
    let mut text = constructed(OPTIMIZERS, "optimizer", "new", &mut settings)?;
    text += &match rms_rate {
        None => String::new(),
        Some(Value::Null) => ".rms_rate(None)".to_string(),
        Some(rate) => format!(".rms_rate({})", literal("rms_rate", &rate)?),
    };
    for key in COMMON {
        text += &settings.build(key, key)?;
    }
    let (average, momentum) = (settings.is("use_ema"), settings.take("ema_momentum"));
    let overwrite = settings.build("ema_overwrite_frequency", "ema_overwrite_frequency")?;
    if average {
        let momentum = momentum.ok_or("use_ema without ema_momentum")?;
        text += &format!(".use_ema({}){overwrite}", literal("ema_momentum", &momentum)?);
    }
    settings.finish()?;
    Ok(text)
}

/// An optimizer around another one.
fn loss_scale(mut settings: Settings<'_>) -> Result<String, String> {
    let inner = settings.need("inner_optimizer")?;
    let class = inner.get("class_name").and_then(Value::as_str);
    let (Some(class), Some(Value::Object(config))) = (class, inner.get("config")) else {
        return Err("inner_optimizer is no optimizer".to_string());
    };
    let mut config = config.clone();
    config.remove("name");
    let mut text = format!("LossScaleOptimizer::new({})", optimizer(class, &config)?);
    for key in ["initial_scale", "dynamic_growth_steps"] {
        text += &settings.build(key, key)?;
    }
    settings.finish()?;
    Ok(text)
}

/// A loss as an expression, and whether the value is that of every row.
pub fn loss(class: &str, config: &Config, batch: &Batch) -> Result<(String, bool), String> {
    let mut settings = Settings::new(class, config);
    weights(batch, false)?;
    let logits = LOGITS.contains(&class) && settings.is("from_logits");
    let mut text = constructed(LOSSES, "loss", if logits { "from_logits" } else { "new" }, &mut settings)?;
    if class == "BinaryFocalCrossentropy" {
        let balancing = settings.is("apply_class_balancing");
        let alpha = settings.build("alpha", "alpha")?;
        text += if balancing { &alpha } else { "" };
    }
    let reduction = settings.take("reduction");
    let (reduction, rows) = match reduction.as_ref().and_then(Value::as_str) {
        None | Some("none") => ("Sum", true),
        Some("sum") => ("Sum", false),
        Some("sum_over_batch_size" | "mean") => ("SumOverBatchSize", false),
        Some("mean_with_sample_weight") => ("MeanWithSampleWeight", false),
        Some(other) => return Err(format!("there is no reduction {other}")),
    };
    settings.finish()?;
    Ok((format!("{text}.reduction(Reduction::{reduction})"), rows))
}

/// A metric as an expression, and whether its outputs are class ids, of which rows have to be made.
pub fn metric(class: &str, config: &Config, updates: &[Batch]) -> Result<(String, bool), String> {
    let mut settings = Settings::new(class, config);
    if let Some((_, loss)) = OF_LOSSES.iter().find(|(metric, _)| *metric == class) {
        let logits = settings.is("from_logits");
        let mut settings = Settings { class: loss, left: settings.left };
        let text = constructed(LOSSES, "loss", if logits { "from_logits" } else { "new" }, &mut settings)?;
        settings.finish()?;
        updates.iter().try_for_each(|batch| weights(batch, false))?;
        return Ok((format!("LossMetric::new({text})"), false));
    }
    let ids = class == "Accuracy" || settings.is("sparse_y_pred");
    updates.iter().try_for_each(|batch| weights(batch, ids))?;
    let rows = settings.take("sparse_y_true") == Some(Value::Bool(false));
    if let (true, Some(class)) =
        (rows, ["OneHotIoU", "OneHotMeanIoU"].iter().find(|c| c.strip_prefix("OneHot") == Some(class)))
    {
        settings.class = class;
    }
    let table = class.ends_with("IoU");
    let dtype = if table { settings.take("dtype") } else { None };
    let fractions = dtype.as_ref().and_then(Value::as_str).is_some_and(|dtype| dtype.starts_with("float"));
    let thresholds = settings.left.get("thresholds").cloned().filter(|_| class == "AUC");
    if thresholds.is_some() {
        settings.left.remove("num_thresholds");
    }
    // The output says how many labels there are.
    settings.left.remove("num_labels");
    let mut text = constructed(METRICS, "metric", "new", &mut settings)?;
    if let Some(Value::Array(inner)) = thresholds {
        settings.left.remove("thresholds");
        // Keras' configuration names the two that it adds as well.
        let inner: Vec<Value> = inner.into_iter().filter(|t| t.as_f64().is_some_and(|t| t > 0.0 && t < 1.0)).collect();
        let at = text.find("AUC::new()").map_or(text.len(), |at| at + "AUC::new()".len());
        text.insert_str(at, &format!(".thresholds({})", literal("thresholds", &Value::Array(inner))?));
    }
    for (key, ty, words) in WORDS {
        let none = *key == "class_aggregation" && settings.left.get(*key).is_some_and(Value::is_null);
        match settings.take(key).as_ref().and_then(Value::as_str) {
            None if none => text += ".class_aggregation(Aggregation::None)",
            None => {}
            Some(given) => match words.iter().find(|(keras, _)| *keras == given) {
                Some((_, word)) => text += &format!(".{key}({ty}::{word})"),
                None => return Err(format!("{class} has no {key} {given}")),
            },
        }
    }
    settings.finish()?;
    text += if fractions { ".fractions(true)" } else { "" };
    Ok((text, ids))
}

/// Sample weights are one a sample, or one a row of the last axis, which ids do not have.
fn weights(batch: &Batch, ids: bool) -> Result<(), String> {
    let Some(weights) = &batch.sample_weight else { return Ok(()) };
    let shape = &batch.y_pred.shape;
    let rows: usize = if ids { shape } else { &shape[..shape.len().max(2) - 1] }.iter().product();
    match weights.data.len() {
        len if len == shape[0] || len == rows => Ok(()),
        _ => Err(format!("sample weights of shape {:?}: one a sample can be given, or one a row", weights.shape)),
    }
}
