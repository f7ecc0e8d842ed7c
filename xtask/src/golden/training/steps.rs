//! Optimizers and schedules as expressions.

use serde_json::Value;

use super::super::case::Config;
use super::classes::{COMMON, OPTIMIZERS, SCHEDULES};
use super::settings::{Settings, constructed, literal};

/// A schedule in the place of a learning rate.
pub(super) fn nested_schedule(object: &Config) -> Result<String, String> {
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
