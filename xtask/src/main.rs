//! Developer commands.

use std::path::Path;
use std::process::ExitCode;

use xtask::{Result, compile_time, golden};

const USAGE: &str = "\
cargo xtask golden DIR      runs the cases in DIR/*.jsonl through models, losses, optimizers, schedules and metrics
cargo xtask compile-time    measures what models add to `cargo check`";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// False if what was checked is not as it should be.
fn run(args: &[&str]) -> Result<bool> {
    match args {
        ["golden", dir] => golden::golden(Path::new(dir)),
        ["compile-time"] => compile_time::compile_time(),
        _ => Err(USAGE.into()),
    }
}
