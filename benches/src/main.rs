//! Formwork's side of `cargo xtask bench`.
//!
//! Each line of standard input asks for one measurement, `MODEL[@BATCH] SECONDS [STEP]`, and is answered by one line of
//! JSON. Other questions are `machine SECONDS`, what the processor can do at best; `memory 0`, the most memory that this
//! process had so far; `list 0` and `sequences 0`, names of models. The peers in `peers/` answer the same questions, so that
//! all can be asked in turn. With the name of a model as its argument, the program predicts one sample and ends.

mod machine;
mod models;
mod workload;

use std::io::{self, BufRead, Write};
use std::time::Duration;

use serde_json::{Value, json};
use workload::{BATCH, Workload};

fn main() -> io::Result<()> {
    let mut workloads: Vec<Workload> = models::all().into_iter().chain(models::sequences()).collect();
    if let Some(name) = std::env::args().nth(1) {
        let named = workloads.iter().find(|workload| workload.name == name);
        let make = named.ok_or_else(|| io::Error::other(format!("there is no workload `{name}`")))?.infer;
        drop(make(1));
        return Ok(());
    }
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (Some(name), Some(seconds)) = (words.next(), words.next().and_then(|word| word.parse().ok())) else {
            continue;
        };
        let answer = answer(&mut workloads, name, Duration::from_secs_f64(seconds), words.next().unwrap_or(""));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(workloads: &mut [Workload], name: &str, time: Duration, step: &str) -> Value {
    let names = |workloads: Vec<Workload>| json!(workloads.iter().map(|workload| workload.name).collect::<Vec<_>>());
    match name {
        "machine" => return machine::measure(time),
        "memory" => return json!({ "peak_bytes": machine::peak_memory() }),
        "list" => return names(models::all()),
        "sequences" => return names(models::sequences()),
        _ => {}
    }
    let (name, batch) = name.split_once('@').unwrap_or((name, ""));
    let batch = batch.parse().unwrap_or(BATCH);
    match workloads.iter_mut().find(|workload| workload.name == name) {
        Some(workload) => workload.measure(batch, time, step),
        None => json!({}),
    }
}
