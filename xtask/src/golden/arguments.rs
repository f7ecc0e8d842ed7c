//! Keras' settings of a layer as arguments of the language.

use formwork_shape::{Arg, Layer, OPERATORS};
use serde_json::Value;

use super::case::Config;

/// A layer as Keras describes it, in the language's words.
pub struct Written {
    pub layer: Layer,
    /// `Dense(units = 4, activation = relu)`
    pub text: String,
}

/// Settings that the language does not have, with the value at which they change nothing.
const IDLE: &[(&str, Idle)] = &[
    ("data_format", Idle::Is("\"channels_last\"")),
    ("dropout", Idle::Is("0.0")),
    ("recurrent_dropout", Idle::Is("0.0")),
    ("score_mode", Idle::Is("\"dot\"")),
    ("groups", Idle::Is("1")),
    ("merge_mode", Idle::Is("\"concat\"")),
    ("interpolation", Idle::Is("\"nearest\"")),
    ("attention_axes", Idle::Is("[1]")),
    ("reset_after", Idle::Is("true")),
    ("keepdims", Idle::Is("false")),
    ("mask_zero", Idle::Is("false")),
    ("synchronized", Idle::Is("false")),
    ("renorm", Idle::Is("false")),
    ("rms_scaling", Idle::Is("false")),
    ("stateful", Idle::Is("false")),
    ("go_backwards", Idle::Is("false")),
    ("return_state", Idle::Is("false")),
    ("return_sequences", Idle::Is("false")),
    ("zero_output_for_mask", Idle::Is("false")),
    ("use_causal_mask", Idle::Is("false")),
    ("return_attention_scores", Idle::Is("false")),
    ("renorm_momentum", Idle::Always),
    ("use_cudnn", Idle::Always),
    ("sparse", Idle::Is("false")),
    ("unroll", Idle::Always),
    ("seed", Idle::Always),
    ("name", Idle::Always),
    ("trainable", Idle::Always),
    ("dtype", Idle::Always),
];

/// When a setting changes nothing.
enum Idle {
    Always,
    Is(&'static str),
}

/// The layer of a class with its settings; the reason where the language does not have it.
pub fn layer(class: &str, config: &Config) -> Result<Written, String> {
    // Keras exports one class under another name.
    let class = if class == "GroupedQueryAttention" { "GroupQueryAttention" } else { class };
    let known = Layer::named(class).filter(|_| !OPERATORS.contains(&class));
    let mut layer = known.ok_or_else(|| format!("there is no layer {class}"))?;
    let mut texts = Vec::new();
    let fields = layer.fields();
    for (key, value) in config {
        let Some(index) = fields.iter().position(|field| field.name == key) else {
            if !idle(key, value) {
                return Err(format!("{class} has no argument {key} = {value}"));
            }
            continue;
        };
        if value.is_null() {
            // An argument that is left out is written only where it has another default.
            let mut without = layer;
            if !without.set(index, &Arg::Word("None")) || without == layer {
                continue;
            }
        }
        let (arg, text) = argument(value).map_err(|reason| format!("{key} of {class}: {reason}"))?;
        // This activation is a layer of its own, which follows.
        let follows = key == "activation" && text == "glu";
        if !follows && !layer.set(index, &arg) {
            return Err(format!("{key} of {class} is {value}, but it must be {}", fields[index].want));
        }
        texts.push(format!("{key} = {text}"));
    }
    if let Some(field) = fields.iter().find(|field| field.required && !config.contains_key(field.name)) {
        return Err(format!("{class} needs {}, which the case does not give", field.name));
    }
    Ok(Written { layer, text: format!("{class}({})", texts.join(", ")) })
}

/// Does a setting change nothing of what a layer computes from given weights?
fn idle(key: &str, value: &Value) -> bool {
    let written = value.to_string();
    let suffixes = ["_initializer", "_regularizer", "_constraint"];
    value.is_null()
        || suffixes.iter().any(|suffix| key.ends_with(suffix))
        || IDLE.iter().any(|(name, idle)| match idle {
            Idle::Always => *name == key,
            Idle::Is(text) => *name == key && *text == written,
        })
}

/// A value as the rules read it, and as it is written. What it borrows lives until the command ends.
fn argument(value: &Value) -> Result<(Arg<'static>, String), String> {
    Ok(match value {
        Value::Null => (Arg::Word("None"), "None".to_string()),
        Value::Bool(value) => (Arg::Bool(*value), value.to_string()),
        Value::Number(number) => match number.as_i64() {
            Some(number) => (Arg::Int(number), number.to_string()),
            None => {
                let number = number.as_f64().ok_or_else(|| format!("{number} is no number"))?;
                (Arg::Float(number), format!("{number:?}"))
            }
        },
        Value::String(word) if is_word(word) => (Arg::Word(leak(word.clone())), word.clone()),
        Value::String(text) => (Arg::Text(leak(text.clone())), format!("{text:?}")),
        Value::Array(values) => {
            let (args, texts): (Vec<_>, Vec<_>) =
                values.iter().map(argument).collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
            let text = match texts.as_slice() {
                [one] => format!("({one},)"),
                many => format!("({})", many.join(", ")),
            };
            (Arg::List(args.leak()), text)
        }
        Value::Object(object) => {
            let class = object.get("class_name").and_then(Value::as_str).filter(|class| is_word(class));
            let config = object.get("config").and_then(Value::as_object);
            let (Some(class), Some(config)) = (class, config) else { return Err(format!("{value} is no setting")) };
            nested(class, config)?
        }
    })
}

/// `Dense(units = 4)` in a wrapper, `L2(l2 = 0.01)` as a regularizer.
fn nested(class: &str, config: &Config) -> Result<(Arg<'static>, String), String> {
    if Layer::named(class).is_some() {
        let written = layer(class, config)?;
        return Ok((Arg::Layer(Box::leak(Box::new(written.layer))), written.text));
    }
    let (mut args, mut texts) = (Vec::new(), Vec::new());
    for (key, value) in config.iter().filter(|(_, value)| !value.is_null()) {
        let (arg, text) = argument(value)?;
        args.push((Some(leak(key.clone())), arg));
        texts.push(format!("{key} = {text}"));
    }
    Ok((Arg::Call(leak(class.to_string()), args.leak()), format!("{class}({})", texts.join(", "))))
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn leak(text: String) -> &'static str {
    text.leak()
}
