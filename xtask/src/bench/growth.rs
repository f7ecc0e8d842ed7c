//! How steps grow, the memory of training, and the time to a first prediction.

use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use super::peer::Peer;
use super::{SECONDS, rounded};
use crate::Result;

const BATCHES: [usize; 6] = [1, 8, 32, 128, 256, 512];

/// How often a program is started.
const STARTS: usize = 20;

/// Steps of several batches, of sequences of several lengths, and with one thread up to `threads`.
pub fn growth(threads: usize, names: &[&str]) -> Result<bool> {
    for count in 1..=threads {
        let mut formwork = Peer::formwork(count)?;
        for name in names {
            for batch in BATCHES {
                print(&mut formwork, &format!("{name}@{batch}"), batch)?;
            }
        }
        let lengths = formwork.ask("sequences", 0.0)?;
        for name in lengths.as_array().into_iter().flatten().filter_map(Value::as_str) {
            print(&mut formwork, name, 32)?;
        }
    }
    Ok(true)
}

/// Measures a training step and a prediction of `batch` samples, and prints a line.
fn print(formwork: &mut Peer, name: &str, batch: usize) -> Result<()> {
    let key = format!("infer{batch}_ms");
    let mut answer = formwork.ask_of(name, SECONDS, "train")?;
    let infer = formwork.ask_of(name, SECONDS, &key)?[&key].clone();
    let ms = |time: &Value| time.as_f64().map(rounded);
    answer = json!({
        "model": answer["model"],
        "threads": answer["threads"],
        "batch": batch,
        "train_step_ms": ms(&answer["train_step_ms"]),
        "infer_ms": ms(&infer),
    });
    println!("{answer}");
    Ok(())
}

/// The most memory of a process that trains on batches of 32, and of one that does nothing.
pub fn memory(threads: usize, names: &[&str]) -> Result<bool> {
    let peak = |formwork: &mut Peer| -> Result<Value> {
        let bytes = formwork.ask("memory", 0.0)?["peak_bytes"].as_f64();
        Ok(json!(bytes.map(|bytes| rounded(bytes / 1e6))))
    };
    println!("{}", json!({ "threads": threads, "idle_peak_mb": peak(&mut Peer::formwork(threads)?)? }));
    for name in names {
        let mut formwork = Peer::formwork(threads)?;
        let answer = formwork.ask_of(name, SECONDS, "train")?;
        let (model, parameters) = (&answer["model"], &answer["parameters"]);
        println!("{}", json!({ "model": model, "parameters": parameters, "train_peak_mb": peak(&mut formwork)? }));
    }
    Ok(true)
}

/// The time from the start of a program to its end, after one prediction of one sample.
pub fn cold_start(threads: usize, names: &[&str]) -> Result<bool> {
    for name in names {
        let mut times = Vec::new();
        let mut program = Peer::formwork_program(threads)?;
        program.arg(name).stdin(Stdio::null());
        for _ in 0..STARTS {
            let start = Instant::now();
            if !program.status()?.success() {
                return Err(format!("{name} does not predict").into());
            }
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let (least, median) = (rounded(times[0]), rounded(times[STARTS / 2]));
        println!("{}", json!({ "model": name, "cold_start_ms": median, "least_ms": least }));
    }
    Ok(true)
}
