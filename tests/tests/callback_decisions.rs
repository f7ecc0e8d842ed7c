//! Callbacks decide as Keras' do, epoch by epoch.

use formwork::prelude::*;
use formwork::train::Mode;
use formwork_tests::numbers;
use ndarray::Array2;
use serde_json::Value;

model!(
    fn Line(x: Input<2>) -> Output<1> {
        Dense(1)(x)
    }
);

/// The metric that carries the values of a case.
const TOLD: &str = "mean_absolute_error";

fn cases(callback: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/callbacks.json");
    let text = std::fs::read_to_string(path).expect("it is in the repository");
    let all: Vec<Value> = serde_json::from_str(&text).expect("it was written by json");
    let cases: Vec<Value> = all.into_iter().filter(|case| case["callback"] == callback).collect();
    assert_eq!(cases.len(), 40);
    cases
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn mode(case: &Value) -> Mode {
    if case["config"]["mode"] == "max" { Mode::Max } else { Mode::Min }
}

/// Trains with a callback, to which each epoch reports the value that the case has for it; the weights are the number of
/// the epoch.
fn follow(case: &Value, callback: impl Callback) -> Result<(Compiled<Line, SGD, MeanSquaredError, MAE>, History)> {
    let values = list(&case["values"]);
    let x: Array2<f32> = numbers(1, (2, 2));
    let y: Array2<f32> = Array2::zeros((2, 1));
    let told = LambdaCallback::new().on_epoch_end(|training, report| {
        report.set(TOLD, values[training.epoch()]);
        let epoch = training.epoch() as f32;
        training.model::<Line>().expect("it is a Line").dense.kernel_mut().fill(epoch);
        Ok(())
    });
    let mut model = Line::new(1).compile(SGD::new(0.1), MeanSquaredError::new()).metrics(MAE::new());
    let fit = Fit::epochs(values.len()).callback(told).callback(callback);
    let history = model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)?;
    Ok((model, history))
}

#[test]
fn when_to_stop_and_which_weights_are_best() -> Result<()> {
    for case in cases("EarlyStopping") {
        let config = &case["config"];
        let count = |name: &str| config[name].as_u64().expect("a count") as usize;
        let mut callback = EarlyStopping::new(TOLD)
            .mode(mode(&case))
            .patience(count("patience"))
            .min_delta(config["min_delta"].as_f64().expect("a number"))
            .start_from_epoch(count("start_from_epoch"))
            .restore_best_weights(true);
        if let Some(baseline) = config["baseline"].as_f64() {
            callback = callback.baseline(baseline);
        }
        let (model, history) = follow(&case, &mut callback)?;
        assert_eq!(history.epochs().len() as u64, case["epochs"].as_u64().expect("a count"), "{case}");
        assert_eq!(model.dense.kernel()[[0, 0]] as u64, case["best_epoch"].as_u64().expect("an epoch"), "{case}");
    }
    Ok(())
}

#[test]
fn when_to_lower_the_learning_rate() -> Result<()> {
    for case in cases("ReduceLROnPlateau") {
        let config = &case["config"];
        let (count, number) = (|name: &str| config[name].as_u64(), |name: &str| config[name].as_f64());
        let callback = ReduceLROnPlateau::new(TOLD)
            .mode(mode(&case))
            .patience(count("patience").expect("a count") as usize)
            .min_delta(number("min_delta").expect("a number"))
            .factor(number("factor").expect("a number"))
            .cooldown(count("cooldown").expect("a count") as usize)
            .min_lr(number("min_lr").expect("a number"));
        let (_, history) = follow(&case, callback)?;
        let (rates, expected) = (history.metric("learning_rate"), list(&case["rates"]));
        assert_eq!(rates.len(), expected.len());
        assert!(rates.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6 * b), "{rates:?} {case}");
    }
    Ok(())
}
