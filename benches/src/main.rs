//! Formwork's side of `cargo xtask bench`.
//!
//! Each line of standard input asks for one measurement, `MODEL SECONDS`, and is answered by one line of JSON; `machine
//! SECONDS` asks for what the processor can do at best. The peers in `peers/` answer the same questions, so that all
//! can be asked in turn.

mod machine;
mod models;
mod workload;

use std::io::{self, BufRead, Write};
use std::time::Duration;

use serde_json::json;

fn main() -> io::Result<()> {
    let mut workloads = models::all();
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (Some(name), Some(seconds)) = (words.next(), words.next().and_then(|word| word.parse().ok())) else {
            continue;
        };
        let time = Duration::from_secs_f64(seconds);
        let answer = match workloads.iter_mut().find(|workload| workload.name == name) {
            Some(workload) => workload.measure(time),
            None if name == "machine" => machine::measure(time),
            None if name == "list" => json!(models::all().iter().map(|workload| workload.name).collect::<Vec<_>>()),
            None => json!({}),
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}
