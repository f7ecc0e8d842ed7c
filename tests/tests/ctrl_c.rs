//! Ctrl-C ends a training after the step that is running, with the model valid and saved when asked.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use formwork::prelude::*;
use formwork_tests::numbers;
use ndarray::Array2;

model!(
    fn Line(x: Input<3>) -> Output<1> {
        Dense(1)(x)
    }
);

const FOLDER: &str = "FORMWORK_TEST_CTRL_C";

fn compiled() -> Compiled<Line, Adam, MeanSquaredError> {
    Line::new(1).compile(Adam::new(0.01), MeanSquaredError::new())
}

fn data() -> (Array2<f32>, Array2<f32>) {
    (numbers(1, (40, 3)), numbers(2, (40, 1)))
}

/// Run by the next test in a process of its own; on its own it shows nothing.
#[test]
fn child() -> Result<()> {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return Ok(()) };
    let (x, y) = data();
    let mut model = compiled();
    let slow = LambdaCallback::new().on_batch_end(|training| {
        println!("step {}", training.step());
        thread::sleep(Duration::from_millis(2));
        Ok(())
    });
    let interrupt = Interrupt::on_ctrl_c()?.save_to(folder.join("checkpoint"));
    // Long enough for the signal to come first, and with an end if it never does.
    let fit = Fit::epochs(2_000).callback(interrupt.clone()).callback(slow).batch_size(4);
    let history = model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)?;
    assert!(interrupt.stopped());
    assert!(history.last().expect("an epoch began").loss.is_finite());
    model.save(folder.join("model"))?;
    println!("ended after {}", history.epochs().len());
    Ok(())
}

#[test]
fn a_signal_ends_after_the_step() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(std::env::current_exe().expect("this test is a program"))
        .args(["--exact", "child", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines =
        BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(std::result::Result::ok);
    assert!(lines.any(|line| line.contains("step 15")), "it trains");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    let rest: Vec<String> = lines.collect();
    assert!(child.wait().expect("it ends").success(), "it ended in order: {rest:?}");
    assert!(rest.iter().any(|line| line.contains("ended after")), "{rest:?}");
    let steps = rest.iter().filter(|line| line.contains("step ")).count();
    assert!(steps < 10_000, "it ended early");

    // The file of the model and the checkpoint hold the same weights, and the training can go on.
    let (mut saved, mut kept) = (Line::new(7), Line::new(8));
    saved.load(folder.path().join("model"))?;
    kept.load(folder.path().join("checkpoint"))?;
    assert_eq!(saved.dense.kernel(), kept.dense.kernel());
    let (x, y) = data();
    let mut model = compiled();
    let last = LambdaCallback::new().on_batch_end(|training| {
        training.stop();
        Ok(())
    });
    let backup = BackupAndRestore::new(folder.path().join("checkpoint"));
    let fit = Fit::epochs(2_000).callback(backup).callback(last).batch_size(4);
    model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)?;
    assert_ne!(model.dense.kernel(), kept.dense.kernel());
    let change = &model.dense.kernel().to_owned() - &kept.dense.kernel();
    assert!(change.iter().all(|change| change.abs() < 0.02), "one step from where it stopped");
    Ok(())
}
