//! A layer case as the source of a model.

use formwork_shape::{In, Kind, Layer, MAX_RANK, Masking, Shape};

use super::arguments::{self, Written};
use super::case::{Array, Dtype, LayerCase};

/// The source of a module with the case's model and `run`; the reason where the language cannot say it.
pub fn source(case: &LayerCase) -> Result<String, String> {
    let mut config = case.config.clone();
    // The language writes the settings of a call among the layer's own.
    config.extend(case.call.clone());
    let written = arguments::layer(&case.class, &config)?;
    let masks = masks(case, &written.layer)?;
    fits(case, &written.layer)?;
    if case.training && written.layer.facts().random {
        return Err(format!("{} draws random numbers in training", case.class));
    }
    Ok(module(case, &written, &masks))
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

/// The masks that the case's layer reads. The others change nothing.
fn masks<'a>(case: &'a LayerCase, layer: &Layer) -> Result<Vec<&'a (String, Array)>, String> {
    let read = |name: &str| match layer.facts().masking {
        Masking::Ends | Masking::Passes => Ok(false),
        Masking::Reads | Masking::ReadsAndPasses | Masking::PassesAndReadsGiven if name == "mask" => Ok(true),
        Masking::Attends if name != "mask" => Ok(true),
        _ => Err(format!("{name} cannot be given to {}", case.class)),
    };
    let mut masks = Vec::new();
    for mask in &case.masks {
        // Keras reads the mask that the query carries in the place of this argument, and a case's query carries none.
        let unread = case.class == "MultiHeadAttention" && mask.0 == "query_mask";
        if read(&mask.0)? && !unread {
            masks.push(mask);
        }
    }
    Ok(masks)
}

fn module(case: &LayerCase, written: &Written, masks: &[&(String, Array)]) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    let dims = |array: &Array| join(array.sample().iter().map(usize::to_string).collect());
    let inputs = case.inputs.iter().enumerate().map(|(i, input)| {
        let element = if input.dtype == Dtype::Int { ", i32" } else { "" };
        format!("x{i}: Input<{}{element}>", dims(input))
    });
    let given = masks.iter().map(|(name, mask)| format!("{name}: Input<{}, bool>", dims(mask)));
    let declared = inputs.chain(given).collect();
    let args = case.args.iter().map(|arg| format!("x{arg}"));
    let args = args.chain(masks.iter().map(|(name, _)| format!("{name} = {name}"))).collect();
    let applied = format!("{}({})", written.text, join(args));
    let names: Vec<String> = (0..case.outputs.len()).map(|i| format!("y{i}")).collect();
    let (returned, body) = match case.outputs.as_slice() {
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
    let flags = masks.iter().map(|(name, mask)| format!("{name}: &x.flags::<Ix{}>(\"{name}\")", mask.shape.len()));
    let fields = if names.len() == 1 { vec!["output".to_string()] } else { names };
    let flat = fields.iter().map(|field| format!("flat(&y.{field})"));
    format!(
        "use formwork::prelude::*;\nuse xtask::golden::run::*;\n\n\
         model!(\n    pub fn Subject({declared}) -> {returned} {{\n        {body}\n    }}\n);\n\n\
         pub fn run(case: &Case) -> Checked {{\n    layer(case, &{names:?}, Subject::new(0), |model, x| {{\n        \
         let y = model.predict(SubjectInputs {{ {arrays} }})?;\n        Ok(vec![{flat}])\n    }})\n}}\n",
        declared = join(declared),
        arrays = join(arrays.chain(flags).collect()),
        flat = join(flat.collect()),
        names = masks.iter().map(|(name, _)| name).collect::<Vec<_>>(),
    )
}
