//! The numbers that Keras itself computes, from the layer cases of `tests/golden`.

use formwork_shape::layers::Glu;
use formwork_shape::{Arg, In, Kind, Layer, Masking, Shape};
use serde_json::Value;

use super::conformance::{Data, Run, outs};
use crate::Threads;
use crate::kernel::Work;
use crate::kernels::Write;
use crate::random::{Purpose, Random};
use crate::weights::Weights;

/// Keys of Keras' configurations that Formwork's layers do not have, and the value with which they do nothing.
const IDLE: &[(&str, &str)] = &[
    ("synchronized", "false"),
    ("renorm", "false"),
    ("renorm_momentum", "0.99"),
    ("rms_scaling", "false"),
    ("stateful", "false"),
    ("unroll", "false"),
    ("unroll", "true"),
    ("data_format", "\"channels_last\""),
    ("reset_after", "true"),
    ("attention_axes", "[1]"),
];

#[test]
fn layers_compute_what_keras_computes() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).expect("it is in the repository");
    let text = ["layers.jsonl", "more_layers.jsonl", "varied_layers.jsonl", "sized_layers.jsonl"].map(read).concat();
    let (mut passed, mut skipped, mut failed) = (0, Vec::new(), Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("each line is a JSON object");
        let id = case["id"].as_str().expect("a case has an id");
        let checked = std::panic::catch_unwind(|| layer(&case).map(|layer| check(id, &case, layer)));
        match checked {
            Ok(Some(())) => passed += 1,
            Ok(None) => skipped.push(id.to_owned()),
            Err(_) => failed.push(id.to_owned()),
        }
    }
    println!("{passed} golden cases pass; without a layer: {}", skipped.join(", "));
    assert!(failed.is_empty(), "these fail, each for the reason above: {}", failed.join(", "));
}

/// The layer of a case with its arguments; `None` where there is no such layer.
fn layer(case: &Value) -> Option<Layer> {
    let mut layer = Layer::named(case["layer"].as_str()?)?;
    if case["config"]["activation"] == "glu" {
        return Some(Layer::Glu(Glu::TEMPLATE));
    }
    let given = masks(case).map(|mask| mask.is_some());
    if let Some(index) = layer.fields().iter().position(|field| field.name == "masks") {
        assert!(layer.set(index, &Arg::List(&given.map(Arg::Bool))));
    }
    let call = case["call"].as_object().into_iter().flatten().filter(|(_, value)| value.get("dtype").is_none());
    for (key, value) in case["config"].as_object()?.iter().chain(call) {
        match layer.fields().iter().position(|field| field.name == key) {
            Some(index) => with_argument(value, &mut |arg| assert!(layer.set(index, &arg), "{key} = {value}")),
            None => {
                let idle = value.is_null() || {
                    let text = value.to_string();
                    IDLE.iter().any(|(k, v)| k == key && *v == text)
                };
                assert!(idle, "{layer:?} has no argument {key} = {value}");
            }
        }
    }
    Some(layer)
}

/// The masks that are given to an attention layer by name.
fn masks(case: &Value) -> [Option<&Value>; 4] {
    ["query_mask", "value_mask", "key_mask", "attention_mask"].map(|name| case["call"].get(name))
}

/// Reads a JSON value as an argument.
fn with_argument(value: &Value, read: &mut dyn FnMut(Arg<'_>)) {
    match value {
        Value::Null => read(Arg::Word("None")),
        Value::Bool(value) => read(Arg::Bool(*value)),
        Value::String(word) => read(Arg::Word(word)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => read(Arg::Int(number)),
            None => read(Arg::Float(number.as_f64().expect("a JSON number is a float"))),
        },
        Value::Array(values) => with_list(values, Vec::new(), read),
        Value::Object(_) => {
            let inner = serde_json::json!({ "layer": value["class_name"], "config": value["config"] });
            read(Arg::Layer(Box::leak(Box::new(layer(&inner).expect("a layer that exists")))));
        }
    }
}

fn with_list(values: &[Value], so_far: Vec<Arg<'_>>, read: &mut dyn FnMut(Arg<'_>)) {
    let Some((first, rest)) = values.split_first() else { return read(Arg::List(&so_far)) };
    with_argument(first, &mut |arg| with_list(rest, [so_far.as_slice(), &[arg]].concat(), read));
}

fn check(id: &str, case: &Value, layer: Layer) {
    let inputs = list(&case["inputs"]);
    let args: Vec<usize> = list(&case["args"]).iter().map(index).collect();
    let args_of = |i: &usize| &inputs[*i];
    let reads = !matches!(layer.facts().masking, Masking::Ends | Masking::Passes);
    let mask: Vec<&Value> = Some(&case["mask"])
        .filter(|mask| reads && !mask.is_null())
        .into_iter()
        .chain(masks(case).into_iter().flatten())
        .collect();
    let ins: Vec<In> = args.iter().map(args_of).chain(mask.iter().copied()).map(input).collect();
    let mut weights = Weights::new(layer.weights(&ins).as_slice(), &mut Random::new(0, Purpose::Weights, 0));
    let stored = list(&case["weights"]);
    assert_eq!(weights.variables().len(), stored.len(), "{id}: number of weights");
    for (variable, stored) in weights.variables_mut().iter_mut().zip(stored) {
        let name = stored["name"].as_str().and_then(|path| path.rsplit('/').next()).expect("a weight has a name");
        assert!(variable.name().ends_with(name), "{id}: {} is called {name}", variable.name());
        assert_eq!(variable.shape(), dims(stored), "{id}: shape of {name}");
        variable.data_mut().copy_from_slice(&numbers(stored));
    }
    let run = Run {
        layer,
        outs: outs(&layer, &ins),
        batch: dims(&inputs[0])[0],
        x: args.iter().map(args_of).chain(mask.iter().copied()).map(data).collect(),
        ins,
        weights,
        factors: Vec::new(),
        inference: false,
    };
    for (shape, expected) in run.outs.iter().zip(list(&case["outputs"])) {
        assert_eq!(shape.dims(), &dims(expected)[1..], "{id}: output shape");
    }

    let threads = Threads::new(2);
    let training = case["training"].as_bool().expect("true or false");
    let (mut weights, mut work) = (run.weights.clone(), Work::default());
    let y = run.forward(&threads, training, &mut weights, &run.x, &mut work);
    close(id, "outputs", &y.concat(), &concat(&case["outputs"]));
    if training {
        let after: Vec<f32> = weights.variables().iter().flat_map(|variable| variable.data().to_vec()).collect();
        close(id, "weights after", &after, &concat(&case["weights_after"]));
    }

    // Gradients are those of training.
    if !training {
        let trained = run.forward(&threads, true, &mut run.weights.clone(), &run.x, &mut work);
        if trained != y {
            return println!("{id}: outputs only, because training computes something else");
        }
    }
    let dy: Vec<Vec<f32>> = list(&case["output_grads"]).iter().map(numbers).collect();
    let wanted = |i: &usize| (inputs[*i]["dtype"] == "float32").then(|| vec![0.0; numbers(&inputs[*i]).len()]);
    let mut dx: Vec<Option<Vec<f32>>> = args.iter().map(wanted).chain(mask.iter().map(|_| None)).collect();
    let mut dw = vec![0.0; layer.weights(&run.ins).trainable_parameters()];
    run.backward(&threads, &weights, (&y, &dy), (&mut dx, &mut dw, Write::Overwrite), &mut work);
    for (i, expected) in list(&case["input_grads"]).iter().enumerate().filter(|(_, expected)| !expected.is_null()) {
        // One tensor may be several arguments.
        let mut sum = vec![0.0; numbers(expected).len()];
        for dx in args.iter().zip(&dx).filter(|(arg, _)| **arg == i).filter_map(|(_, dx)| dx.as_ref()) {
            sum.iter_mut().zip(dx).for_each(|(sum, dx)| *sum += dx);
        }
        close(id, "input gradient", &sum, &numbers(expected));
    }
    close(id, "weight gradients", &dw, &concat(&case["weight_grads"]));
}

fn close(id: &str, what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{id}: number of {what}");
    for (k, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-4 + 1e-4 * b.abs(), "{id}: {what} {k}: {a}, but Keras has {b}");
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn index(value: &Value) -> usize {
    value.as_u64().expect("a whole number") as usize
}

fn dims(array: &Value) -> Vec<usize> {
    list(&array["shape"]).iter().map(index).collect()
}

fn numbers(array: &Value) -> Vec<f32> {
    let number = |value: &Value| match value.as_bool() {
        Some(flag) => f64::from(flag),
        None => value.as_f64().expect("a number"),
    };
    list(&array["data"]).iter().map(|value| number(value) as f32).collect()
}

/// The numbers of all arrays that are there.
fn concat(arrays: &Value) -> Vec<f32> {
    list(arrays).iter().filter(|array| !array.is_null()).flat_map(numbers).collect()
}

fn input(array: &Value) -> In {
    let kind = match array["dtype"].as_str() {
        Some("int32") => Kind::Int,
        Some("bool") => Kind::Mask,
        _ => Kind::Float,
    };
    In { kind, ..In::new("x", Shape::new(&dims(array)[1..])) }
}

fn data(array: &Value) -> Data<f32> {
    let numbers = numbers(array);
    match array["dtype"].as_str() {
        Some("int32") => Data::Ids(numbers.into_iter().map(|id| id as u32).collect()),
        Some("bool") => Data::Mask(numbers),
        _ => Data::Numbers(numbers),
    }
}
