//! Measuring the compiler: this program stands between cargo and rustc.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, fs, thread};

use crate::Result;
use crate::sandbox::Sandbox;

/// The variable that makes this program stand between cargo and rustc; names the file for what it measures.
const FILE: &str = "XTASK_MEASURE";

/// What one run of rustc took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Seconds on a processor: unlike wall time, without those that other programs take.
    pub seconds: f64,
    /// The most memory at one time.
    pub mib: f64,
}

/// Runs rustc for cargo, if cargo has started this program for that.
pub fn wrapped() -> Option<ExitCode> {
    let file = PathBuf::from(env::var_os(FILE)?);
    match rustc(&file) {
        Ok(code) => Some(ExitCode::from(code)),
        Err(error) => {
            eprintln!("error: {error}");
            Some(ExitCode::FAILURE)
        }
    }
}

fn rustc(file: &Path) -> Result<u8> {
    let mut args = env::args_os().skip(1);
    let program = args.next().ok_or("cargo names no rustc")?;
    let mut child = Command::new(program).args(args).spawn()?;
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let mut cost = Cost::default();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        cost.mib = peak(&process).unwrap_or(cost.mib);
        thread::sleep(Duration::from_millis(1));
    };
    cost.seconds = children()?;
    fs::write(file, format!("{} {}", cost.seconds, cost.mib))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// The peak of a process's resident memory in MiB.
fn peak(process: &Path) -> Option<f64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// The seconds on a processor of all programs that this one has run.
fn children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // cutime and cstime, the fields 16 and 17 of proc(5), in hundredths of a second.
    let ticks: Vec<f64> = fields.skip(13).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// As many runs as are compared.
const RUNS: usize = 5;

/// The least of some runs of `cargo check` over the crate with this source, all else built: what else the machine does
/// can only add to it.
pub fn check(sandbox: &Sandbox, source: &str) -> Result<Cost> {
    let file = sandbox.root.join("cost");
    let mut least = Cost { seconds: f64::INFINITY, mib: f64::INFINITY };
    for _ in 0..RUNS {
        sandbox.write("src/lib.rs", "")?;
        sandbox.write("src/lib.rs", source)?;
        let mut cargo = sandbox.cargo();
        cargo.args(["check", "--quiet"]).env("CARGO_INCREMENTAL", "0");
        cargo.env("RUSTC_WORKSPACE_WRAPPER", env::current_exe()?).env(FILE, &file);
        if !cargo.status()?.success() {
            return Err(format!("the crate in {} does not compile", sandbox.root.display()).into());
        }
        let text = fs::read_to_string(&file)?;
        let numbers: Vec<f64> = text.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [seconds, mib] = numbers[..] else { return Err("the measurement is incomplete".into()) };
        least = Cost { seconds: least.seconds.min(seconds), mib: least.mib.min(mib) };
        fs::remove_file(&file)?;
    }
    Ok(least)
}
