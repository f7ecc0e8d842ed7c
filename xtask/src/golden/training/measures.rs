//! Losses and metrics as expressions.

use serde_json::Value;

use super::super::case::{Batch, Config};
use super::classes::{LOSSES, METRICS, OF_LOSSES};
use super::settings::{Settings, constructed, literal};

/// The losses that are made by `from_logits()` as well.
const LOGITS: &[&str] = &[
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "SparseCategoricalCrossentropy",
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
