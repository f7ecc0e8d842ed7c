//! `cargo xtask bench`: how fast models train and predict, beside other libraries.
//!
//! Every library is a process that answers questions, one line each: all are asked in turn, several times, so that what
//! else happens on the machine meets all of them.

mod floor;
mod growth;
mod peer;

use std::env;

use serde_json::{Value, json};

use crate::Result;
use floor::Machine;
use peer::Peer;

/// Seconds for each of the three steps, each time that a library is asked.
const SECONDS: f64 = 0.2;

/// How often each library is asked.
const ROUNDS: usize = 7;

const STEPS: [&str; 3] = ["train_step_ms", "infer32_ms", "infer1_ms"];

struct Options<'a> {
    threads: usize,
    peers: bool,
    only: Option<&'a str>,
    /// Another measurement than the usual one.
    other: Option<&'a str>,
}

/// Measures the workloads of `benches/` and prints a line of JSON for each.
///
/// # Errors
/// If the options are wrong or the workloads cannot be built or run.
pub fn bench(args: &[&str]) -> Result<bool> {
    let options = options(args)?;
    let mut formwork = Peer::formwork(options.threads)?;
    let machine = Machine::measure(&mut formwork)?;
    eprintln!("{} threads: {:.0} GFLOP/s, {:.0} GB/s", options.threads, machine.gflops, machine.gbytes);
    let list = formwork.ask("list", 0.0)?;
    let names: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if let Some(only) = options.only
        && !names.contains(&only)
    {
        return Err(format!("there is no workload `{only}`; there are {}", names.join(", ")).into());
    }
    let names: Vec<&str> = names.into_iter().filter(|name| options.only.is_none_or(|only| only == *name)).collect();
    match options.other {
        Some("--growth") => return growth::growth(options.threads, &names),
        Some("--memory") => return growth::memory(options.threads, &names),
        Some(_) => return growth::cold_start(options.threads, &names),
        None => {}
    }
    let mut peers = if options.peers { peer::installed(options.threads) } else { Vec::new() };
    for name in names {
        let mut results = measure(&mut formwork, &mut peers, name)?;
        let mut own = results.remove(0);
        machine.judge(&mut own);
        let ratios = STEPS.map(|step| own[step].as_f64().zip(best(&results, step)).map(|(own, best)| best / own));
        println!("{own}");
        for result in &results {
            println!("{result}");
        }
        if !peers.is_empty() {
            let words = STEPS.iter().zip(ratios).map(|(step, ratio)| match ratio {
                Some(ratio) => format!("{step} {ratio:.2}"),
                None => format!("{step} -"),
            });
            println!("{}", json!({ "model": name, "best_peer_over_formwork": words.collect::<Vec<_>>() }));
        }
    }
    Ok(true)
}

fn options<'a>(args: &[&'a str]) -> Result<Options<'a>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut options = Options { threads, peers: false, only: None, other: None };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match *arg {
            "--threads" => options.threads = value()?.parse()?,
            "--only" => options.only = Some(value()?),
            "--peers" => options.peers = true,
            "--growth" | "--memory" | "--cold-start" => options.other = Some(arg),
            other => {
                let known = "--threads N, --only NAME, --peers, --growth, --memory and --cold-start";
                return Err(format!("`{other}` is none of {known}").into());
            }
        }
    }
    Ok(options)
}

/// Asks Formwork and all peers in turn; of each step the median of the answers, and for Formwork the least.
fn measure(formwork: &mut Peer, peers: &mut [Peer], name: &str) -> Result<Vec<Value>> {
    let mut answers: Vec<Vec<Value>> = (0..=peers.len()).map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        answers[0].push(formwork.ask(name, SECONDS)?);
        for (peer, answers) in peers.iter_mut().zip(&mut answers[1..]) {
            answers.push(peer.ask(name, SECONDS)?);
        }
    }
    let mut results = Vec::new();
    for answers in answers {
        let mut result = answers[0].clone();
        if result.as_object().is_none_or(serde_json::Map::is_empty) {
            continue;
        }
        let mut least = Vec::new();
        for step in STEPS {
            let mut times: Vec<f64> = answers.iter().filter_map(|answer| answer[step].as_f64()).collect();
            times.sort_by(f64::total_cmp);
            if !times.is_empty() {
                result[step] = json!(rounded(times[times.len() / 2]));
                least.push(rounded(times[0]));
            }
        }
        result["least_ms"] = json!(least);
        results.push(result);
    }
    Ok(results)
}

fn best(results: &[Value], step: &str) -> Option<f64> {
    results.iter().filter_map(|result| result[step].as_f64()).min_by(f64::total_cmp)
}

/// Four digits are more than a measurement has.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// `name`, unless the environment says otherwise.
fn program(variable: &str, name: &str) -> std::ffi::OsString {
    env::var_os(variable).unwrap_or_else(|| name.into())
}
