//! A layer case as the source of a model.

use formwork_shape::{In, Kind, Layer, MAX_RANK, Masking, Shape};

use super::arguments::{self, Written};
use super::case::{Array, Config, Dtype, LayerCase};

/// What masked steps hold; `Masking` finds them by it.
pub const MASKED: i32 = 1000;

/// The source of a module with the case's model and `run`; the reason where the language cannot say it.
pub fn source(case: &LayerCase) -> Result<String, String> {
    let mut config = case.config.clone();
    config.extend(call(case));
    let written = arguments::layer(&case.class, &config)?;
    let mask = match &case.mask {
        Some(mask) => masking(case, mask, &written.layer)?,
        None => None,
    };
    fits(case, &written.layer)?;
    if case.training && written.layer.facts().random {
        return Err(format!("{} draws random numbers in training", case.class));
    }
    Ok(module(case, &written, mask.as_deref()))
}

/// The arguments of the call that are there, which the language writes among the layer's own.
fn call(case: &LayerCase) -> Config {
    case.call.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Asks the rule whether it takes these inputs.
fn fits(case: &LayerCase, layer: &Layer) -> Result<(), String> {
    for (i, input) in case.inputs.iter().enumerate() {
        if input.dtype == Dtype::Bool {
            return Err("inputs are numbers or ids, not true and false".to_string());
        }
        if !case.args.contains(&i) {
            return Err(format!("input {i} is not used"));
        }
    }
    for array in case.inputs.iter().chain(&case.outputs) {
        if array.sample().is_empty() || array.sample().len() > MAX_RANK || array.sample().contains(&0) {
            return Err(format!("a tensor of shape {:?} has no axes that the language can write", array.shape));
        }
    }
    let input = |arg: &usize| {
        let input = &case.inputs[*arg];
        let kind = if input.dtype == Dtype::Int { Kind::Int } else { Kind::Float };
        In { kind, ..In::new("x", Shape::new(input.sample())) }
    };
    let inputs: Vec<In> = case.args.iter().map(input).collect();
    match layer.outputs(&inputs) {
        Ok(outs) if outs.len() == case.outputs.len() => Ok(()),
        Ok(outs) => Err(format!("{} has {} outputs, but Keras' has {}", case.class, outs.len(), case.outputs.len())),
        Err(message) => Err(format!("refused: {}", message.as_str().replace('\n', "; "))),
    }
}

/// The layer that makes the mask of input 0, where the case's layer reads it.
fn masking(case: &LayerCase, mask: &Array, layer: &Layer) -> Result<Option<String>, String> {
    let steps = || {
        let input = &case.inputs[0];
        case.args == [0] && input.dtype == Dtype::Float && input.shape.len() > 2 && mask.shape == input.shape[..2]
    };
    match layer.facts().masking {
        Masking::Ends | Masking::Passes | Masking::Merges => Ok(None),
        Masking::Reads | Masking::ReadsAndPasses if steps() => Ok(Some(format!("Masking(mask_value = {MASKED}.0)"))),
        _ => Err(format!("a mask of shape {:?} cannot be given to {}", mask.shape, case.class)),
    }
}

fn module(case: &LayerCase, written: &Written, mask: Option<&str>) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    let dims = |array: &Array| join(array.sample().iter().map(usize::to_string).collect());
    let inputs = case.inputs.iter().enumerate().map(|(i, input)| {
        let element = if input.dtype == Dtype::Int { ", i32" } else { "" };
        format!("x{i}: Input<{}{element}>", dims(input))
    });
    let args = match mask {
        Some(mask) => format!("{mask}(x0)"),
        None => join(case.args.iter().map(|arg| format!("x{arg}")).collect()),
    };
    let applied = format!("{}({args})", written.text);
    let names: Vec<String> = (0..case.outputs.len()).map(|i| format!("y{i}")).collect();
    let (declared, body) = match case.outputs.as_slice() {
        [output] => (format!("Output<{}>", dims(output)), applied),
        outputs => {
            let outputs = names.iter().zip(outputs).map(|(name, y)| format!("{name} = Output<{}>", dims(y)));
            let names = join(names.clone());
            (
                format!("Outputs<{}>", join(outputs.collect())),
                format!("let ({names}) = {applied};\n        Outputs {{ {names} }}"),
            )
        }
    };
    let arrays = case.inputs.iter().enumerate().map(|(i, input)| {
        let read = if input.dtype == Dtype::Int { "ids" } else { "numbers" };
        format!("x{i}: &x.{read}::<Ix{}>({i})", input.shape.len())
    });
    let fields = if names.len() == 1 { vec!["output".to_string()] } else { names };
    let flat = fields.iter().map(|field| format!("flat(&y.{field})"));
    format!(
        "use formwork::prelude::*;\nuse xtask::golden::run::*;\n\n\
         model!(\n    pub fn Subject({inputs}) -> {declared} {{\n        {body}\n    }}\n);\n\n\
         pub fn run(case: &Case) -> Checked {{\n    layer(case, {masked}, Subject::new(0), |model, x| {{\n        \
         let y = model.predict(SubjectInputs {{ {arrays} }})?;\n        Ok(vec![{flat}])\n    }})\n}}\n",
        inputs = join(inputs.collect()),
        arrays = join(arrays.collect()),
        flat = join(flat.collect()),
        masked = mask.is_some(),
    )
}
