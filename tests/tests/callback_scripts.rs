//! Callbacks write, keep and stop what Keras' do, on the same series of values.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use formwork::prelude::*;
use formwork::train::Mode;
use ndarray::Array2;
use serde_json::Value;

model!(
    fn Line(x: Input<1>) -> Output<1> {
        Dense(1, use_bias = false)(x)
    }
);

/// The metric that carries the values of a script.
const TOLD: &str = "mean_absolute_error";

fn scripts(part: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/callback_scripts.json");
    let text = std::fs::read_to_string(path).expect("it is in the repository");
    let mut all: Value = serde_json::from_str(&text).expect("it was written by json");
    let Value::Array(scripts) = all[part].take() else { panic!("there are no {part}") };
    assert!(scripts.len() >= 8, "{part}");
    scripts
}

fn count(value: &Value) -> usize {
    value.as_u64().expect("a count") as usize
}

fn word(value: &Value) -> &str {
    value.as_str().expect("a word")
}

fn compiled() -> Compiled<Line, SGD, MeanSquaredError, MAE> {
    Line::new(1).compile(SGD::new(0.0), MeanSquaredError::new()).metrics(MAE::new())
}

/// Trains for so many epochs of so many batches of one sample each.
fn train<'c>(epochs: usize, batches: usize, fit: impl FnOnce(Fit<'c>) -> Fit<'c>) -> Result<History> {
    let (x, y): (Array2<f32>, Array2<f32>) = (Array2::ones((batches, 1)), Array2::zeros((batches, 1)));
    let data = Dataset::from_arrays(LineInputs { x: &x }, LineTargets { output: &y })?.batch(1);
    compiled().fit(&data, fit(Fit::epochs(epochs)))
}

/// Reports the values of a script.
fn tell<'v>(values: impl Fn(usize) -> Vec<(String, f64)> + 'v) -> impl Callback + 'v {
    LambdaCallback::new().on_epoch_end(move |training, report| {
        for (name, value) in values(training.epoch()) {
            if name == "loss" { report.loss = value } else { report.set(&name, value) }
        }
        Ok(())
    })
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("it is there");
    entries.map(|entry| entry.expect("a file").file_name().into_string().expect("plain letters")).collect()
}

#[test]
fn which_checkpoints_are_written() -> Result<()> {
    for script in scripts("checkpoints") {
        let (config, values) = (&script["config"], script["values"].as_array().expect("a list"));
        let folder = tempfile::tempdir().expect("a folder");
        let mut callback = ModelCheckpoint::new(folder.path().join(word(&script["name"])).to_string_lossy())
            .monitor(TOLD)
            .mode(if config["mode"] == "max" { Mode::Max } else { Mode::Min })
            .save_best_only(config["save_best_only"] == true)
            .save_weights_only(true);
        if let Some(value) = config["initial_value_threshold"].as_f64() {
            callback = callback.initial_value_threshold(value);
        }
        if let Some(steps) = config["save_freq"].as_u64() {
            callback = callback.save_freq(steps as usize);
        }
        let told = tell(|epoch| vec![(TOLD.to_string(), values[epoch].as_f64().expect("a number"))]);
        train(values.len(), count(&script["batches"]), |fit| fit.callback(told).callback(&mut callback))?;
        let expected: Vec<String> =
            script["files"].as_array().expect("a list").iter().map(|name| word(name).to_string()).collect();
        assert_eq!(names(folder.path()), expected.iter().cloned().collect(), "{script}");
        let last = callback.last().map(|path| path.file_name().expect("a file").to_string_lossy().into_owned());
        assert_eq!(last, expected.last().cloned(), "{script}");
    }
    Ok(())
}

#[test]
fn steps_are_counted_from_where_the_callback_began() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("{epoch}-{batch:02}");
    let (x, y): (Array2<f32>, Array2<f32>) = (Array2::ones((7, 1)), Array2::zeros((7, 1)));
    let data = Dataset::from_arrays(LineInputs { x: &x }, LineTargets { output: &y })?.batch(1);
    let mut model = compiled();
    // Seven steps before it is there: it still saves after four of its own.
    model.fit(&data, Fit::epochs(1))?;
    model.fit(&data, Fit::epochs(1).callback(ModelCheckpoint::new(path.to_string_lossy()).save_freq(4)))?;
    assert_eq!(names(folder.path()), ["1-04".to_string()].into());

    // What only an epoch reports says nothing about a step.
    let valid = Fit::epochs(1).validation(&data);
    let callback = ModelCheckpoint::new(path.to_string_lossy()).save_freq(4).save_best_only(true);
    let error = model.fit(&data, valid.callback(callback)).unwrap_err().to_string();
    assert!(error.contains("looks at `val_loss` after every 4 steps, but a step reports only loss"), "{error}");
    // And the number of a batch is none of an epoch's.
    let error = model.fit(&data, Fit::epochs(1).callback(ModelCheckpoint::new("{batch}"))).unwrap_err().to_string();
    assert!(error.contains("names `batch`, which no epoch reports"), "{error}");
    Ok(())
}

/// The cells of a table; numbers by their value.
fn cells(line: &str, separator: &str) -> Vec<String> {
    let number = |cell: &str| cell.parse::<f64>().map_or(cell.to_string(), |number| format!("{number:.9}"));
    line.split(separator).map(number).collect()
}

#[test]
fn tables_of_epochs() -> Result<()> {
    for script in scripts("tables") {
        let (separator, validates) = (word(&script["separator"]), script["validates"] == true);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.csv");
        let (x, y): (Array2<f32>, Array2<f32>) = (Array2::ones((1, 1)), Array2::zeros((1, 1)));
        let data = Dataset::from_arrays(LineInputs { x: &x }, LineTargets { output: &y })?.batch(1);
        for run in script["runs"].as_array().expect("a list") {
            let epochs = run["epochs"].as_array().expect("a list");
            let told = tell(|epoch| {
                let logs = epochs[epoch].as_object().expect("names and values");
                logs.iter().map(|(name, value)| (name.clone(), value.as_f64().expect("a number"))).collect()
            });
            let table = CSVLogger::new(&path)
                .separator(separator.chars().next().expect("a letter"))
                .append(run["append"] == true);
            let mut model = compiled();
            let fit = Fit::epochs(epochs.len()).callback(told).callback(table);
            if validates {
                let freq = count(&script["validation_freq"]);
                model.fit(&data, fit.validation(&data).validation_freq(freq))?;
            } else {
                model.fit(&data, fit)?;
            }
        }
        let text = std::fs::read_to_string(&path).expect("it was written");
        let got: Vec<Vec<String>> = text.lines().map(|line| cells(line, separator)).collect();
        // Without validation Keras adds columns in which there is never anything.
        let columns = if validates { 5 } else { 3 };
        let lines = script["lines"].as_array().expect("a list").iter();
        let expected: Vec<Vec<String>> = lines.map(|line| cells(word(line), separator)[..columns].to_vec()).collect();
        assert_eq!(got, expected, "{script}");
    }
    Ok(())
}

#[test]
fn a_loss_that_is_no_number_ends_the_training_in_the_same_step() {
    for script in scripts("stops") {
        let (epochs, batches) = (count(&script["epochs"]), count(&script["batches"]));
        let value: f32 = word(&script["value"]).parse().expect("NaN or infinity");
        let (mut step, bad) = (0, script["bad"].as_u64());
        let script_of_weights = LambdaCallback::new().on_batch_begin(move |training| {
            let line = training.model::<Line>().expect("it is a Line");
            line.dense.kernel_mut().fill(if Some(step) == bad { value } else { 1.0 });
            step += 1;
            Ok(())
        });
        let trained = train(epochs, batches, |fit| fit.callback(script_of_weights));
        match script["stopped"].as_array() {
            None => assert_eq!(trained.expect("nothing is wrong").epochs().len(), epochs),
            Some(at) => {
                let place = format!("in epoch {}, batch {} of {batches}", count(&at[0]) + 1, count(&at[1]) + 1);
                let error = trained.unwrap_err().to_string();
                assert!(error.contains(&place) && error.contains("`dense` (Dense)"), "{error} {script}");
            }
        }
    }
}

#[test]
fn where_a_crashed_training_goes_on() -> Result<()> {
    for script in scripts("backups") {
        let (epochs, batches, crash) = (count(&script["epochs"]), count(&script["batches"]), count(&script["crash"]));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("backup");
        let backup = || {
            let backup = BackupAndRestore::new(&path).delete_checkpoint(script["delete_checkpoint"] == true);
            match script["save_freq"].as_u64() {
                Some(steps) => backup.save_freq(steps as usize),
                None => backup,
            }
        };
        let mut step = 0;
        let trouble = LambdaCallback::new().on_batch_begin(move |_| {
            step += 1;
            if step > crash { Err(Error::Training("crash".to_string())) } else { Ok(()) }
        });
        assert!(train(epochs, batches, |fit| fit.callback(backup()).callback(trouble)).is_err());
        let begun = RefCell::new(None);
        let watch = LambdaCallback::new().on_batch_begin(|training| {
            begun.borrow_mut().get_or_insert((training.step() as usize, training.epoch()));
            Ok(())
        });
        train(epochs, batches, |fit| fit.callback(backup()).callback(watch))?;
        // Epochs that are over are saved in any case, and an epoch goes on in its middle: nothing is trained twice.
        let (steps, epoch) = begun.into_inner().expect("there was more to do");
        let whole = crash / batches * batches;
        assert_eq!(steps, count(&script["steps"]).max(whole), "{script}");
        assert_eq!(epoch, steps / batches, "{script}");
        assert!(epoch >= count(&script["epoch"]), "{script}");
        assert_eq!(path.exists(), script["delete_checkpoint"] == false, "{script}");
    }
    Ok(())
}

/// Adds a value of this name to each epoch: small ones later.
struct Falling<'n>(&'n str);

impl Callback for Falling<'_> {
    fn adds(&self) -> Vec<String> {
        vec![self.0.to_string()]
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
        report.set(self.0, -(training.epoch() as f64));
        Ok(())
    }
}

#[test]
fn the_name_of_a_metric_tells_which_values_are_better() -> Result<()> {
    for script in scripts("directions") {
        let name = word(&script["name"]);
        let mut stopping = EarlyStopping::new(name);
        train(3, 1, |fit| fit.callback(Falling(name)).callback(&mut stopping))?;
        assert_eq!(stopping.stopped_epoch().is_some(), script["large"] == true, "{name}");
    }
    Ok(())
}
