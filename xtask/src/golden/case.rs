//! Golden cases as they are stored: one JSON object a line.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::Result;

/// A case of any kind.
#[derive(Debug)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// File and line.
    pub place: String,
    /// What is computed.
    pub kind: Kind,
}

/// What a case is about. `class` is Keras' name, `config` its settings.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are documented where the cases are generated")]
pub enum Kind {
    Layer(LayerCase),
    Loss { class: String, config: Config, batch: Batch, value: Array, gradient: Array },
    Optimizer { class: String, config: Config, initial: Vec<Array>, grads: Vec<Vec<Array>>, after: Vec<Vec<Array>> },
    Schedule { class: String, config: Config, steps: Vec<u64>, values: Vec<f64> },
    Metric { class: String, config: Config, updates: Vec<Batch>, value: Array },
    Unknown(String),
}

/// One call of a layer and its gradients.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are documented where the cases are generated")]
pub struct LayerCase {
    pub class: String,
    pub config: Config,
    pub inputs: Vec<Array>,
    /// The inputs in the order of the call; one may be there twice.
    pub args: Vec<usize>,
    pub call: Config,
    /// The masks of the call, by the name of its argument.
    pub masks: Vec<(String, Array)>,
    pub weights: Vec<Weight>,
    pub training: bool,
    pub outputs: Vec<Array>,
    pub output_grads: Vec<Array>,
    pub input_grads: Vec<Option<Array>>,
    pub weight_grads: Vec<Option<Array>>,
    pub weights_after: Option<Vec<Array>>,
}

/// A weight that Keras stores.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are documented where the cases are generated")]
pub struct Weight {
    pub name: String,
    pub array: Array,
}

/// Outputs and what they should have been.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are documented where the cases are generated")]
pub struct Batch {
    pub y_true: Array,
    pub y_pred: Array,
    pub sample_weight: Option<Array>,
}

/// Settings by name.
pub type Config = Map<String, Value>;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Dtype {
    Float,
    Int,
    Bool,
}

/// A row-major array; the batch is its first axis.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Array {
    pub shape: Vec<usize>,
    pub dtype: Dtype,
    pub data: Vec<f64>,
}

/// Reads every `*.jsonl` in `dir`, in the order of their names.
pub fn read(dir: &Path) -> Result<Vec<Case>> {
    let entries = fs::read_dir(dir).map_err(|error| format!("cannot read {}: {error}", dir.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(format!("there is no .jsonl file in {}", dir.display()).into());
    }
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let place = format!("{}:{}", file.display(), number + 1);
            let value = serde_json::from_str(line).map_err(|error| format!("{place}: {error}"))?;
            cases.push(case(&value, &place).map_err(|error| format!("{place}: {error}"))?);
        }
    }
    Ok(cases)
}

fn case(value: &Value, place: &str) -> Result<Case, String> {
    let kind = text(value, "kind")?;
    let class = || text(value, &kind);
    let config = || object(value, "config");
    let kind = match kind.as_str() {
        "layer" => Kind::Layer(layer(value)?),
        "loss" => Kind::Loss {
            class: class()?,
            config: config()?,
            batch: batch(value)?,
            value: array(&value["value"], "value")?,
            gradient: array(&value["y_pred_grad"], "y_pred_grad")?,
        },
        "optimizer" => optimizer(value)?,
        "schedule" => Kind::Schedule {
            class: class()?,
            config: config()?,
            steps: each(value, "steps", |step| step.as_u64().ok_or_else(|| format!("step {step} is no whole number")))?,
            values: each(value, "values", |v| v.as_f64().ok_or_else(|| format!("{v} in `values` is no number")))?,
        },
        "metric" => Kind::Metric {
            class: class()?,
            config: config()?,
            updates: each(value, "updates", batch)?,
            value: array(&value["value"], "value")?,
        },
        other => Kind::Unknown(other.to_string()),
    };
    if let Kind::Schedule { steps, values, .. } = &kind
        && steps.len() != values.len()
    {
        return Err(format!("there are {} steps, but {} values", steps.len(), values.len()));
    }
    Ok(Case { id: text(value, "id")?, place: place.to_string(), kind })
}

fn optimizer(value: &Value) -> Result<Kind, String> {
    let steps = |key: &str| each(value, key, |step| arrays(step, key));
    let (initial, grads, after) = (arrays(&value["initial"], "initial")?, steps("grads")?, steps("after")?);
    let sizes = |arrays: &[Array]| arrays.iter().map(|array| array.data.len()).collect::<Vec<_>>();
    if grads.len() != after.len() || grads.iter().chain(&after).any(|step| sizes(step) != sizes(&initial)) {
        return Err("`grads` and `after` need the same steps, each with an array for every one in `initial`".into());
    }
    Ok(Kind::Optimizer { class: text(value, "optimizer")?, config: object(value, "config")?, initial, grads, after })
}

fn layer(value: &Value) -> Result<LayerCase, String> {
    let optional = |key: &str| each(value, key, |v| if v.is_null() { Ok(None) } else { array(v, key).map(Some) });
    let index = |arg: &Value| arg.as_u64().ok_or_else(|| format!("argument {arg} is no whole number"));
    let (call, masks) = call(value)?;
    let case = LayerCase {
        class: text(value, "layer")?,
        config: object(value, "config")?,
        inputs: arrays(&value["inputs"], "inputs")?,
        args: each(value, "args", index)?.into_iter().map(|arg| arg as usize).collect(),
        call,
        masks,
        weights: each(value, "weights", |w| Ok(Weight { name: text(w, "name")?, array: array(w, "weights")? }))?,
        training: value["training"].as_bool().unwrap_or(false),
        outputs: arrays(&value["outputs"], "outputs")?,
        output_grads: arrays(&value["output_grads"], "output_grads")?,
        input_grads: optional("input_grads")?,
        weight_grads: optional("weight_grads")?,
        weights_after: match &value["weights_after"] {
            Value::Null => None,
            after => Some(arrays(after, "weights_after")?),
        },
    };
    let batch = |array: &Array| array.shape.first().copied();
    let rows = case.inputs.first().and_then(batch);
    let same = |a: &[Array], b: &[Array]| a.iter().map(|a| &a.shape).eq(b.iter().map(|b| &b.shape));
    match () {
        () if rows.is_none_or(|rows| rows == 0) => Err("a layer needs an input with a batch axis".into()),
        () if case.inputs.iter().any(|input| batch(input) != rows) => Err("the inputs differ in their rows".into()),
        () if case.args.is_empty() || case.args.iter().any(|arg| *arg >= case.inputs.len()) => {
            Err("`args` names an input that is not there".into())
        }
        () if !same(&case.outputs, &case.output_grads) => Err("`output_grads` do not fit `outputs`".into()),
        () if case.input_grads.len() != case.inputs.len() => Err("`input_grads` do not fit `inputs`".into()),
        () if case.weight_grads.len() != case.weights.len() => Err("`weight_grads` do not fit `weights`".into()),
        () => Ok(case),
    }
}

/// The settings of a call, and its masks: `mask` beside the call and arrays among its arguments.
fn call(value: &Value) -> Result<(Config, Vec<(String, Array)>), String> {
    let (mut settings, mut masks) = (Config::new(), Vec::new());
    if !value["mask"].is_null() {
        masks.push(("mask".to_string(), array(&value["mask"], "mask")?));
    }
    let given = if value["call"].is_null() { Config::new() } else { object(value, "call")? };
    for (key, value) in given.into_iter().filter(|(_, value)| !value.is_null()) {
        if value.get("dtype").is_some() {
            masks.push((key.clone(), array(&value, &key)?));
        } else {
            settings.insert(key, value);
        }
    }
    match masks.iter().find(|(_, mask)| mask.dtype != Dtype::Bool) {
        Some((key, _)) => Err(format!("`{key}` of the call should hold true and false")),
        None => Ok((settings, masks)),
    }
}

fn batch(value: &Value) -> Result<Batch, String> {
    let weight = &value["sample_weight"];
    let batch = Batch {
        y_true: array(&value["y_true"], "y_true")?,
        y_pred: array(&value["y_pred"], "y_pred")?,
        sample_weight: if weight.is_null() { None } else { Some(array(weight, "sample_weight")?) },
    };
    match batch.y_pred.shape.first() {
        Some(rows) if *rows > 0 && batch.y_true.shape.first() == Some(rows) => Ok(batch),
        _ => Err("`y_true` and `y_pred` need the same number of rows".into()),
    }
}

fn text(value: &Value, key: &str) -> Result<String, String> {
    value[key].as_str().map(str::to_string).ok_or_else(|| format!("`{key}` should be a string"))
}

fn object(value: &Value, key: &str) -> Result<Config, String> {
    value[key].as_object().cloned().ok_or_else(|| format!("`{key}` should be an object"))
}

fn each<T>(value: &Value, key: &str, read: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    value[key].as_array().ok_or_else(|| format!("`{key}` should be a list"))?.iter().map(read).collect()
}

fn arrays(value: &Value, key: &str) -> Result<Vec<Array>, String> {
    value.as_array().ok_or_else(|| format!("`{key}` should be a list"))?.iter().map(|v| array(v, key)).collect()
}

fn array(value: &Value, key: &str) -> Result<Array, String> {
    let wrong = || format!("`{key}` should hold an array: shape, dtype and data");
    let dtype = match value["dtype"].as_str().ok_or_else(wrong)? {
        "float32" => Dtype::Float,
        "int32" => Dtype::Int,
        "bool" => Dtype::Bool,
        other => return Err(format!("`{key}` holds {other}: arrays are of float32, int32 or bool")),
    };
    let dim = |dim: &Value| dim.as_u64().map(|dim| dim as usize).ok_or_else(wrong);
    let number = |v: &Value| v.as_f64().or(v.as_bool().map(f64::from)).ok_or_else(wrong);
    let shape: Vec<usize> = each(value, "shape", dim).map_err(|_| wrong())?;
    let data: Vec<f64> = each(value, "data", number).map_err(|_| wrong())?;
    if shape.iter().product::<usize>() != data.len() {
        return Err(format!("`{key}` holds {} numbers, but its shape is {shape:?}", data.len()));
    }
    Ok(Array { shape, dtype, data })
}

impl Array {
    /// The shape of one sample.
    pub fn sample(&self) -> &[usize] {
        self.shape.get(1..).unwrap_or(&[])
    }
}
