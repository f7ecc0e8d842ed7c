//! A training that was stopped anywhere goes on as if it had never stopped.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use formwork::prelude::*;
use formwork_tests::{ids, numbers};
use ndarray::{Array1, Array2};

model!(
    fn Net(x: Input<10>) -> Output<4> {
        let h = Dense(16, activation = relu)(x);
        let h = Dropout(0.3)(BatchNormalization()(h));
        Dense(4, activation = softmax)(h)
    }
);

const EPOCHS: usize = 4;

fn data() -> (Array2<f32>, Array1<u32>) {
    (numbers(1, (60, 10)), ids(2, 60, 4))
}

type Trained<O> = Compiled<Net, O, SparseCategoricalCrossentropy, Accuracy>;

/// The bits of all weights and of the history.
fn bits<O: Optimizer<f32>>(model: &Trained<O>, history: &History) -> Vec<u64> {
    let mut bits = Vec::new();
    model.visit("", &mut |_, variable| bits.extend(variable.data().iter().map(|value| u64::from(value.to_bits()))));
    for (epoch, report) in history.epochs() {
        bits.push(*epoch as u64);
        bits.extend(report.iter().map(|(_, value)| value.to_bits()));
    }
    bits
}

fn train<O: Optimizer<f32>>(optimizer: O, seed: u64, extra: impl Callback, backup: Option<&Path>) -> Result<Vec<u64>> {
    let (x, labels) = data();
    let data = Dataset::from_arrays(NetInputs { x: &x }, NetTargets { output: &labels })?.shuffle(60, 3).batch(8);
    let valid = Dataset::from_arrays(NetInputs { x: &x }, NetTargets { output: &labels })?.take(20).batch(20);
    let loss = SparseCategoricalCrossentropy::new();
    let mut model = Net::new(seed).compile(optimizer, loss).metrics(Accuracy::new());
    let plateau = ReduceLROnPlateau::new("val_loss").patience(1).min_delta(10.0);
    let stopping = EarlyStopping::new("val_loss").patience(9).restore_best_weights(true);
    let mut fit = Fit::epochs(EPOCHS).validation(&valid).callback(plateau).callback(stopping);
    if let Some(path) = backup {
        fit = fit.callback(BackupAndRestore::new(path).save_freq(3).delete_checkpoint(false));
    }
    let history = model.fit(&data, fit.callback(extra))?;
    Ok(bits(&model, &history))
}

/// Fails in the step of that number.
fn crash(at: usize) -> impl Callback {
    let mut step = 0;
    LambdaCallback::new().on_batch_begin(move |_| {
        step += 1;
        if step > at { Err(Error::Training("crash".to_string())) } else { Ok(()) }
    })
}

fn every_optimizer_goes_on<O: Optimizer<f32>>(optimizer: impl Fn() -> O) -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let expected = train(optimizer(), 1, LambdaCallback::new(), None)?;
    let path = folder.path().join("backup.safetensors");
    // Steps, epochs' ends and their neighbours; a second crash after the first.
    for steps in [vec![3], vec![7, 2], vec![8], vec![16, 9], vec![29]] {
        let _ = std::fs::remove_file(&path);
        for step in steps {
            assert!(train(optimizer(), 1, crash(step), Some(&path)).is_err());
        }
        // Another seed: all chance comes from the checkpoint.
        assert_eq!(train(optimizer(), 99, LambdaCallback::new(), Some(&path))?, expected);
    }
    Ok(())
}

#[test]
fn a_training_that_failed_goes_on_with_the_same_bits() -> Result<()> {
    every_optimizer_goes_on(|| SGD::new(0.05).momentum(0.9).nesterov(true))?;
    every_optimizer_goes_on(|| RMSprop::new(0.01).centered(true).momentum(0.5))?;
    every_optimizer_goes_on(|| Adam::new(0.01).amsgrad(true).clipnorm(0.5))?;
    every_optimizer_goes_on(|| AdamW::new(CosineDecay::new(0.01, 20)).use_ema(0.9).ema_overwrite_frequency(5))?;
    every_optimizer_goes_on(|| Adagrad::new(0.05))?;
    every_optimizer_goes_on(|| Adadelta::new(1.0))?;
    every_optimizer_goes_on(|| Adamax::new(0.01).gradient_accumulation_steps(4))?;
    every_optimizer_goes_on(|| Nadam::new(ExponentialDecay::new(0.01, 5, 0.9)))?;
    every_optimizer_goes_on(|| Lion::new(0.001).weight_decay(0.1))?;
    every_optimizer_goes_on(|| Ftrl::new(0.05).l1_regularization_strength(0.001))
}

/// Run by the next test in processes of its own, with a checkpoint to write; on its own it shows nothing.
#[test]
fn child() -> Result<()> {
    let Some(path) = std::env::var_os("FORMWORK_TEST_BACKUP").map(PathBuf::from) else { return Ok(()) };
    let held = std::env::var("FORMWORK_TEST_HELD").ok().and_then(|steps| steps.parse::<u32>().ok());
    let mut steps = 0;
    let slow = LambdaCallback::new().on_batch_end(move |_| {
        steps += 1;
        if held == Some(steps) {
            println!("held");
            loop {
                thread::park();
            }
        }
        thread::sleep(Duration::from_millis(5));
        Ok(())
    });
    let digest = train(Adam::new(0.01), 1, slow, Some(&path))?;
    println!("digest {:016x}", digest.iter().fold(1, |hash: u64, bit| (hash ^ bit).wrapping_mul(0x0100_0000_01b3)));
    Ok(())
}

/// How a process ends.
enum End {
    /// By itself.
    Whole,
    /// It is killed when it has taken so many steps.
    After(u32),
    /// It is killed some time after its first checkpoint, wherever it is by then.
    Within(Duration),
}

/// Starts a process and waits for its end; what it said of its training, or nothing if it was killed before.
fn process(path: &Path, threads: &str, end: &End) -> Option<String> {
    let mut command = Command::new(std::env::current_exe().expect("this test is a program"));
    command
        .args(["--exact", "child", "--nocapture"])
        .env("FORMWORK_TEST_BACKUP", path)
        .env("FORMWORK_THREADS", threads);
    if let End::After(steps) = end {
        command.env("FORMWORK_TEST_HELD", steps.to_string());
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut lines =
        BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(std::result::Result::ok);
    match end {
        End::Whole => {}
        End::After(_) => {
            assert!(lines.any(|line| line.contains("held")), "it has taken its steps");
            child.kill().expect("it waits");
        }
        End::Within(time) => {
            while !path.exists() && child.try_wait().expect("it was ours").is_none() {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(*time);
            child.kill().expect("it was ours");
        }
    }
    let digest = lines.find_map(|line| line.split_once("digest ").map(|(_, digest)| digest.to_string()));
    child.wait().expect("it ends");
    digest
}

#[test]
fn a_training_that_was_killed_goes_on_with_the_same_bits() {
    let folder = tempfile::tempdir().expect("a folder");
    let expected = process(&folder.path().join("whole"), "2", &End::Whole);
    assert!(expected.is_some());
    for threads in ["1", "2"] {
        let path = folder.path().join(format!("killed{threads}"));
        // Before and after the first checkpoint, in the middle of an epoch and at its end.
        for steps in [2, 3, 5, 11] {
            assert_eq!(process(&path, threads, &End::After(steps)), None, "{steps} steps");
        }
        // A slow machine may let it come to its end; what it said then is right, too.
        let said = process(&path, threads, &End::Within(Duration::from_millis(17)));
        assert!(said.is_none() || said == expected);
        assert_eq!(process(&path, threads, &End::Whole), expected);
        let left = std::fs::read_dir(folder.path()).expect("it is there").count();
        assert!(left <= 2 + 2 * 5, "half-written files pile up");
    }
}

#[test]
fn a_checkpoint_of_another_model_or_optimizer_or_none_is_refused() -> Result<()> {
    model!(
        fn Other(x: Input<10>) -> Output<4> {
            Dense(4, activation = softmax)(x)
        }
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("backup.safetensors");
    train(Adam::new(0.01), 1, LambdaCallback::new(), Some(&path))?;
    let error = train(SGD::new(0.01), 1, LambdaCallback::new(), Some(&path)).unwrap_err().to_string();
    assert!(error.contains("is of another optimizer"), "{error}");

    let (x, labels) = data();
    let mut other = Other::new(1).compile(Adam::new(0.01), SparseCategoricalCrossentropy::new());
    let fit = || Fit::epochs(1).callback(BackupAndRestore::new(&path));
    let mut refused = || {
        let error = other.fit_arrays(OtherInputs { x: &x }, OtherTargets { output: &labels }, fit()).unwrap_err();
        error.to_string()
    };
    assert!(refused().contains("is a checkpoint of the model Net, not of Other"));
    std::fs::write(&path, b"not a checkpoint").expect("it can be written");
    assert!(refused().contains("is not a whole checkpoint"));
    other.save(&path)?;
    let error =
        other.fit_arrays(OtherInputs { x: &x }, OtherTargets { output: &labels }, fit()).unwrap_err().to_string();
    assert!(error.contains("is not a checkpoint"), "{error}");
    Ok(())
}

/// Run by the next test in processes of its own: goes on with a learning rate; on its own it shows nothing.
#[test]
fn child_with_a_rate() -> Result<()> {
    let Some(path) = std::env::var_os("FORMWORK_TEST_RATE_BACKUP") else { return Ok(()) };
    let path = PathBuf::from(path);
    let rate = std::env::var("FORMWORK_TEST_RATE").ok().and_then(|rate| rate.parse::<f64>().ok()).expect("a rate");
    let result = train(SGD::new(rate), 1, crash(3), Some(&path));
    assert!(result.is_err_and(|error| error.to_string().contains("crash")));
    Ok(())
}

#[test]
fn a_rate_that_a_checkpoint_overrules_is_noted_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("backup.safetensors");
    let notes = |rate: &str| {
        let mut command = Command::new(std::env::current_exe().expect("this test is a program"));
        command.args(["--exact", "child_with_a_rate", "--nocapture"]);
        command.env("FORMWORK_TEST_RATE_BACKUP", &path).env("FORMWORK_TEST_RATE", rate);
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).expect("it is text")
    };
    assert_eq!(notes("0.5"), "");
    assert_eq!(notes("0.5"), "");
    let note = format!(
        "note: the training goes on from {} with the learning rate 0.5 that it had there, not with the program's 0.001\n\
         hint: add .callback(LearningRateScheduler::new(|_, _| 0.001)) to go on with that one, or delete the file to begin anew\n",
        path.display()
    );
    assert_eq!(notes("0.001"), note);
    assert_eq!(notes("0.001"), "");
}

#[test]
fn a_complete_training_leaves_no_checkpoint() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("backup.safetensors");
    let (x, labels) = data();
    let mut model = Net::new(1).compile(Adam::new(0.01), SparseCategoricalCrossentropy::new());
    let interrupt = Interrupt::new();
    interrupt.stop();
    let mut fit = |interrupt| {
        let fit = Fit::epochs(2).callback(BackupAndRestore::new(&path)).callback(interrupt).batch_size(8);
        model.fit_arrays(NetInputs { x: &x }, NetTargets { output: &labels }, fit)
    };
    assert_eq!(fit(interrupt.save_to(&path))?.epochs().len(), 1);
    assert!(path.exists());
    assert_eq!(fit(Interrupt::new())?.epochs().len(), 2);
    assert!(!path.exists());
    Ok(())
}
