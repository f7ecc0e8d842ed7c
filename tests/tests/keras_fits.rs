//! Whole trainings against Keras': class and sample weights, validation splits, and optimizers with all of their settings.

use formwork::prelude::*;
use formwork::train::Rate;
use formwork_tests::settings;
use ndarray::{Array1, Array2};
use serde_json::Value;

model!(
    fn Classes(x: Input<4>) -> Output<3> {
        Dense(3, activation = softmax)(x)
    }
);

model!(
    fn Binary(x: Input<4>) -> Output<1> {
        Dense(1, activation = sigmoid)(x)
    }
);

model!(
    fn Numbers(x: Input<4>) -> Output<2> {
        Dense(2)(x)
    }
);

fn count(value: &Value) -> usize {
    value.as_u64().expect("a count") as usize
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

fn table(rows: &Value) -> Array2<f32> {
    let rows: Vec<Vec<f64>> = rows.as_array().expect("a table").iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column] as f32)
}

/// Runs `$train` with the optimizer of a script.
macro_rules! with_optimizer {
    ($script:expr, |$optimizer:ident| $train:expr) => {{
        let (rate, given) = ($script["rate"].as_object().expect("a rate"), &$script["settings"]);
        let (kind, value) = rate.iter().next().expect("a kind of rate");
        let rate: Rate = match kind.as_str() {
            "exponential" => {
                ExponentialDecay::new(number(&value[0]), count(&value[1]) as u64, number(&value[2])).into()
            }
            "cosine" => CosineDecay::new(number(&value[0]), count(&value[1]) as u64).into(),
            _ => number(value).into(),
        };
        macro_rules! run {
            ($made:expr) => {{
                let $optimizer = settings!($made, |name| given[name].as_f64());
                $train
            }};
        }
        match $script["optimizer"].as_str().expect("a name") {
            "SGD" => run!(SGD::new(rate).momentum(0.8).nesterov(given["nesterov"] == true)),
            "RMSprop" => run!(RMSprop::new(rate)),
            "Adam" => run!(Adam::new(rate)),
            "AdamW" => run!(AdamW::new(rate)),
            "Adagrad" => run!(Adagrad::new(rate)),
            "Adadelta" => run!(Adadelta::new(rate)),
            "Adamax" => run!(Adamax::new(rate)),
            "Nadam" => run!(Nadam::new(rate)),
            "Lion" => run!(Lion::new(rate)),
            "Ftrl" => run!(Ftrl::new(rate)),
            other => panic!("there is no {other}"),
        }
    }};
}

#[track_caller]
fn near(got: &[f64], wanted: &[f64], what: &str, script: &Value) {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 2e-4 * b.abs().max(1.0);
    let fits = got.len() == wanted.len() && got.iter().zip(wanted).all(near);
    let about = ["task", "optimizer", "rate", "settings", "loss", "class_weight", "sample_weight", "validation_split"];
    let about: Vec<String> = about.into_iter().map(|name| format!("{name} {}", script[name])).collect();
    assert!(fits, "{what} is {got:?}, but Keras has {wanted:?} with {}", about.join(", "));
}

#[test]
fn whole_trainings_are_those_of_keras() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/callback_fits.json");
    let text = std::fs::read_to_string(path).expect("it is in the repository");
    let all: Value = serde_json::from_str(&text).expect("it was written by json");
    let scripts = all["fits"].as_array().expect("a list");
    assert!(scripts.len() >= 60);
    for script in scripts {
        let x = table(&script["x"]);
        let mut fit = Fit::epochs(count(&script["epochs"])).batch_size(count(&script["batch_size"])).shuffle(false);
        if !script["sample_weight"].is_null() {
            fit = fit.sample_weight(numbers(&script["sample_weight"]));
        }
        if let Some(classes) = script["class_weight"].as_array() {
            fit = fit.class_weight(classes.iter().map(|pair| (count(&pair[0]) as u32, number(&pair[1]))));
        }
        /// What a training comes to.
        macro_rules! trained {
            ($Model:ident, $Inputs:ident, $Targets:ident, $y:expr, $loss:expr, $metric:expr, $weighted:expr) => {{
                let y = $y;
                with_optimizer!(script, |optimizer| {
                    let mut model = $Model::new(1).compile(optimizer, $loss).metrics(($metric, Weighted($weighted)));
                    model.dense.kernel_mut().assign(&table(&script["kernel"]));
                    let (inputs, targets) = ($Inputs { x: &x }, $Targets { output: &y });
                    let history = match script["validation_split"].as_f64() {
                        Some(share) => model.fit_arrays(inputs, targets, fit.validation_split(share)),
                        None => model.fit_arrays(inputs, targets, fit),
                    };
                    let history = history.expect("nothing is wrong");
                    let mut weights = Vec::new();
                    model.visit("", &mut |_, variable| {
                        weights.push(variable.data().iter().map(|weight| f64::from(*weight)).collect::<Vec<_>>());
                    });
                    (history, weights)
                })
            }};
        }
        let (classes, reals) = (
            || numbers(&script["y"]).into_iter().map(|class| class as u8).collect::<Array1<u8>>(),
            || table(&script["y"]),
        );
        let (history, weights) = match script["loss"].as_str().expect("a name") {
            "sparse_categorical_crossentropy" => {
                let (metric, weighted) = (SparseCategoricalAccuracy::new(), SparseCategoricalAccuracy::new());
                let loss = SparseCategoricalCrossentropy::new();
                trained!(Classes, ClassesInputs, ClassesTargets, classes(), loss, metric, weighted)
            }
            "binary_crossentropy" => {
                let (metric, weighted) = (BinaryAccuracy::new(), BinaryAccuracy::new());
                trained!(Binary, BinaryInputs, BinaryTargets, reals(), BinaryCrossentropy::new(), metric, weighted)
            }
            "mean_squared_error" => {
                trained!(
                    Numbers,
                    NumbersInputs,
                    NumbersTargets,
                    reals(),
                    MeanSquaredError::new(),
                    MSE::new(),
                    MSE::new()
                )
            }
            "mean_absolute_error" => {
                trained!(
                    Numbers,
                    NumbersInputs,
                    NumbersTargets,
                    reals(),
                    MeanAbsoluteError::new(),
                    MSE::new(),
                    MSE::new()
                )
            }
            _ => trained!(Numbers, NumbersInputs, NumbersTargets, reals(), Huber::new(), MSE::new(), MSE::new()),
        };
        // Keras' names of the metrics are those of the script.
        let names = history.names();
        for (name, values) in script["history"].as_object().expect("values by name") {
            let validates = name.starts_with("val_");
            let ours = names.iter().find(|ours| {
                let rest = ours.strip_prefix("val_").unwrap_or(ours);
                let part = match name.trim_start_matches("val_") {
                    "loss" => rest == "loss",
                    "weighted" => rest.starts_with("weighted_"),
                    _ => rest != "loss" && !rest.starts_with("weighted_"),
                };
                part && ours.starts_with("val_") == validates
            });
            let ours = ours.unwrap_or_else(|| panic!("nothing is reported for {name}: {names:?}"));
            near(&history.metric(ours), &numbers(values), ours, script);
        }
        for (variable, wanted) in weights.iter().zip(script["weights"].as_array().expect("a list")) {
            near(variable, &numbers(wanted), "a weight", script);
        }
    }
}
