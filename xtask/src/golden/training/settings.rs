//! Settings of a class as arguments and builders.

use serde_json::Value;

use super::super::case::Config;
use super::classes::Class;
use super::steps::nested_schedule;

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
pub(super) struct Settings<'a> {
    pub(super) class: &'a str,
    pub(super) left: Config,
}

impl<'a> Settings<'a> {
    pub(super) fn new(class: &'a str, config: &Config) -> Self {
        Settings { class, left: config.clone() }
    }

    /// The value of a setting; none if it is null.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.left.remove(key).filter(|value| !value.is_null())
    }

    pub(super) fn is(&mut self, key: &str) -> bool {
        self.take(key) == Some(Value::Bool(true))
    }

    pub(super) fn need(&mut self, key: &str) -> Result<Value, String> {
        self.take(key).ok_or_else(|| format!("{} without {key}", self.class))
    }

    /// `.momentum(0.9)` for a setting that is there.
    pub(super) fn build(&mut self, key: &str, builder: &str) -> Result<String, String> {
        match self.take(key) {
            Some(value) => Ok(format!(".{builder}({})", literal(key, &value)?)),
            None => Ok(String::new()),
        }
    }

    pub(super) fn finish(self) -> Result<(), String> {
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
pub(super) fn literal(key: &str, value: &Value) -> Result<String, String> {
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
pub(super) fn constructed(
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
