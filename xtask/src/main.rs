//! Developer commands.

use std::path::Path;
use std::process::ExitCode;

use xtask::{Result, bench, compile_time, golden};

const USAGE: &str = "\
cargo xtask golden DIR      runs the cases in DIR/*.jsonl through models, losses, optimizers, schedules and metrics
cargo xtask compile-time [MODEL..]
                            measures what models add to `cargo check`
cargo xtask bench [--threads N] [--only NAME] [--peers | --growth | --memory | --cold-start]
                            measures training steps and predictions, beside other libraries with --peers; or how they
                            grow with batch, length and threads; or memory; or the time from start to first prediction";

fn main() -> ExitCode {
    if let Some(code) = compile_time::wrapped() {
        return code;
    }
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
        ["compile-time", names @ ..] => compile_time::compile_time(names),
        ["bench", options @ ..] => bench::bench(options),
        _ => Err(USAGE.into()),
    }
}
