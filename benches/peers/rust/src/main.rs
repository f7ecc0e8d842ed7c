//! Burn and candle on the workloads: `rust-peers THREADS burn|candle`.
//!
//! As the other peers do, it answers each line `MODEL SECONDS` with a line of JSON, an empty one for a model that it lacks.

mod burn_peer;
mod candle_peer;

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::time::{Duration, Instant};

/// The samples of a training step.
const BATCH: usize = 32;

/// A workload in a library: what is timed, each with its name.
struct Steps {
    train: Box<dyn FnMut()>,
    infer_batch: Box<dyn FnMut()>,
    infer_one: Box<dyn FnMut()>,
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(threads), Some(library)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("usage: rust-peers THREADS burn|candle"));
    };
    // SAFETY: no other thread runs yet. Both libraries take their number of threads from rayon.
    unsafe { std::env::set_var("RAYON_NUM_THREADS", &threads) };
    let make = match library.as_str() {
        "burn" => burn_peer::make,
        "candle" => candle_peer::make,
        other => return Err(io::Error::other(format!("`{other}` is neither burn nor candle"))),
    };
    let mut made = HashMap::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (Some(name), Some(seconds)) = (words.next(), words.next().and_then(|word| word.parse().ok())) else {
            continue;
        };
        let time = Duration::from_secs_f64(seconds);
        match made.entry(name.to_owned()).or_insert_with(|| make(name)) {
            Some(steps) => println!(
                r#"{{"peer": "{library}", "model": "{name}", "threads": {threads}, "train_step_ms": {}, "infer32_ms": {}, "infer1_ms": {}}}"#,
                median(time, &mut steps.train),
                median(time, &mut steps.infer_batch),
                median(time, &mut steps.infer_one),
            ),
            None => println!("{{}}"),
        }
    }
    Ok(())
}

/// The median time of a warm call in milliseconds.
fn median(time: Duration, call: &mut dyn FnMut()) -> f64 {
    (0..3).for_each(|_| call());
    let start = Instant::now();
    let mut times = Vec::new();
    while start.elapsed() < time || times.len() < 5 {
        let begin = Instant::now();
        call();
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}
