//! Trainings that end badly go as far as with Keras, keep what was good, and go on where they should.

use std::cell::RefCell;

use formwork::prelude::*;
use ndarray::Array2;
use serde_json::Value;

model!(
    fn One(x: Input<1>) -> Output<1> {
        Dense(1, use_bias = false, kernel_initializer = ones)(x)
    }
);

model!(
    fn Two(x: Input<2>) -> Output<1> {
        Dense(1, use_bias = false, kernel_initializer = ones)(x)
    }
);

model!(
    fn Three(x: Input<3>) -> Output<1> {
        Dense(1, use_bias = false, kernel_initializer = ones)(x)
    }
);

fn trainings(part: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/callback_fits.json");
    let text = std::fs::read_to_string(path).expect("it is in the repository");
    let all: Value = serde_json::from_str(&text).expect("it was written by json");
    let trainings = all[part].as_array().expect("a list").clone();
    assert!(trainings.len() >= 12, "{part}");
    trainings
}

fn count(value: &Value) -> usize {
    value.as_u64().expect("a count") as usize
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
}

fn table(rows: &Value) -> Array2<f32> {
    let rows: Vec<Vec<f64>> = rows.as_array().expect("a table").iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column] as f32)
}

/// What came of a training: the epochs with their losses, the kernel, and the error that ended it.
struct Trained {
    epochs: Vec<usize>,
    losses: Vec<f64>,
    kernel: Vec<f64>,
    error: Option<String>,
}

/// Trains a model with as many inputs as the script has.
fn train<'c>(script: &Value, rate: f64, fit: impl FnOnce(Fit<'c>) -> Fit<'c>) -> Trained {
    let (x, y) = (table(&script["x"]), table(&script["y"]));
    let (size, fit) = (count(&script["batch_size"]), fit(Fit::epochs(count(&script["epochs"]))));
    let fit = fit.batch_size(size).shuffle(false);
    let (sgd, loss) = (SGD::new(rate), MeanSquaredError::new());
    macro_rules! trained {
        ($Model:ident, $Inputs:ident, $Targets:ident) => {{
            let mut model = $Model::new(1).compile(sgd, loss);
            let error = model.fit_arrays($Inputs { x: &x }, $Targets { output: &y }, fit).err();
            let (epochs, losses) = model.history().epochs().iter().map(|(epoch, report)| (*epoch, report.loss)).unzip();
            let kernel = model.dense.kernel().iter().map(|weight| f64::from(*weight)).collect();
            Trained { epochs, losses, kernel, error: error.map(|error| error.to_string()) }
        }};
    }
    match x.ncols() {
        1 => trained!(One, OneInputs, OneTargets),
        2 => trained!(Two, TwoInputs, TwoTargets),
        _ => trained!(Three, ThreeInputs, ThreeTargets),
    }
}

#[track_caller]
fn near(got: &[f64], wanted: &[f64]) {
    assert_eq!(got.len(), wanted.len(), "{got:?} {wanted:?}");
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-4 * b.abs().max(1e-2);
    assert!(got.iter().zip(wanted).all(near), "{got:?}, but Keras has {wanted:?}");
}

#[test]
fn a_loss_that_is_no_number_ends_a_training_where_keras_ends_it() {
    for script in trainings("stops") {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("backup");
        let rate = script["rate"].as_f64().expect("a rate");
        let trained = train(&script, rate, |fit| fit.callback(BackupAndRestore::new(&path)));
        let (epoch, batch) = (count(&script["stopped"][0]), count(&script["stopped"][1]));
        let error = trained.error.expect("it cannot go well");
        let place = format!("in epoch {}, batch {} of", epoch + 1, batch + 1);
        assert!(error.contains("the loss is ") && error.contains(&place), "{error}, but Keras ends it {place}");
        // The epochs that were whole are kept, and the weights of the last good step: Keras' are not numbers by now.
        assert_eq!(trained.epochs, (0..epoch).collect::<Vec<_>>());
        near(&trained.losses, &numbers(&script["losses"]));
        near(&trained.kernel, &numbers(&script["kernel"]));
        assert_eq!(path.exists(), epoch > 0);
    }
}

#[test]
fn a_training_that_crashed_goes_on_as_with_keras_or_better() {
    for script in trainings("backups") {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("backup");
        let every = script["save_freq"].as_u64();
        let backup = || {
            let backup = BackupAndRestore::new(&path).delete_checkpoint(script["delete_checkpoint"] == true);
            match every {
                Some(steps) => backup.save_freq(steps as usize),
                None => backup,
            }
        };
        let (crash, mut step) = (count(&script["crash"]), 0);
        let trouble = LambdaCallback::new().on_batch_begin(move |_| {
            step += 1;
            if step > crash { Err(Error::Training("crash".to_string())) } else { Ok(()) }
        });
        let crashed = train(&script, 0.05, |fit| fit.callback(backup()).callback(trouble));
        assert_eq!(crashed.error.as_deref(), Some("crash"));
        let all = numbers(&script["all_losses"]);
        near(&crashed.losses, &all[..crashed.losses.len()]);

        let began = RefCell::new(None);
        let watch = LambdaCallback::new().on_batch_begin(|training| {
            began.borrow_mut().get_or_insert(training.epoch());
            Ok(())
        });
        let trained = train(&script, 0.05, |fit| fit.callback(backup()).callback(watch));
        assert_eq!(trained.error, None);
        // Keras trains the steps between its last backup and the end of their epoch twice; here none is.
        let (began, keras) = (began.into_inner(), script["began"][0].as_u64().map(|epoch| epoch as usize));
        if every.is_none() {
            assert_eq!(began, keras, "{script}");
            near(
                &trained.losses[trained.losses.len() - numbers(&script["losses"]).len()..],
                &numbers(&script["losses"]),
            );
            near(&trained.kernel, &numbers(&script["kernel"]));
        } else {
            assert!(began >= keras, "{script}");
        }
        near(&trained.kernel, &numbers(&script["whole"]));
        // The history is that of a training that never crashed.
        near(&trained.losses, &all);
        assert_eq!(path.exists(), script["left"] == true, "{script}");
    }
}
