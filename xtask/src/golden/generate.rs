//! The crate with the models: writing, building and running it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use super::case::{Case, Kind};
use super::{Verdict, layer, training};
use crate::Result;
use crate::sandbox::Sandbox;

const DEPENDENCIES: &str = "\
formwork = { path = \"{root}/runtime\" }
xtask = { path = \"{root}/xtask\", features = [\"run\"] }

# The kernels are compiled in formwork; hundreds of models would take an hour to optimize.
[profile.release.package.golden]
opt-level = 0";

/// The source of a case's module; the reason where it is unsupported.
pub fn source(case: &Case) -> Result<String, String> {
    let call = match &case.kind {
        Kind::Layer(case) => return layer::source(case),
        Kind::Loss { class, config, batch, .. } => {
            let (loss, rows) = training::loss(class, config, batch)?;
            format!("loss(case, &{loss}, {rows})")
        }
        Kind::Optimizer { class, config, .. } => {
            format!("optimizer(case, &mut {})", training::optimizer(class, config)?)
        }
        Kind::Schedule { class, config, .. } => format!("schedule(case, &{})", training::schedule(class, config)?),
        Kind::Metric { class, config, updates, .. } => {
            let (metric, ids) = training::metric(class, config, updates)?;
            format!("metric(case, &mut {metric}, {ids})")
        }
        Kind::Unknown(kind) => return Err(format!("there are no cases of kind {kind}")),
    };
    Ok(format!(
        "use formwork::prelude::*;\nuse xtask::golden::run::*;\n\n\
         pub fn run(case: &Case) -> Checked {{\n    {call}\n}}\n"
    ))
}

/// Builds a crate of these modules, one a case, and runs it over the cases in `dir`. A case that does not compile, or
/// that takes the process down, fails; the others go on.
pub fn run(dir: &Path, mut sources: BTreeMap<usize, String>) -> Result<BTreeMap<usize, Verdict>> {
    let mut verdicts = BTreeMap::new();
    let sandbox = Sandbox::new("golden", DEPENDENCIES)?;
    for (number, source) in &sources {
        sandbox.write(&format!("src/case{number}.rs"), source)?;
    }
    let program = loop {
        sandbox.write("src/main.rs", &entry(&sources))?;
        match build(&sandbox)? {
            Ok(program) => break program,
            Err(errors) => {
                for (number, error) in errors {
                    sources.remove(&number);
                    verdicts.insert(number, Verdict::Failed(format!("does not compile: {error}")));
                }
            }
        }
    };
    let last = sources.keys().next_back().copied();
    let mut from = 0;
    while last.is_some_and(|last| from <= last) {
        match execute(&program, dir, from, &mut verdicts)? {
            Some(died) => from = died + 1,
            None => break,
        }
    }
    Ok(verdicts)
}

/// `main.rs`
fn entry(sources: &BTreeMap<usize, String>) -> String {
    let modules: String = sources.keys().map(|number| format!("mod case{number};\n")).collect();
    let list: String = sources.keys().map(|number| format!("        ({number}, case{number}::run),\n")).collect();
    format!(
        "#![allow(dead_code, unused_imports, unused_parens)]\n\n{modules}\n\
         fn main() -> xtask::Result<()> {{\n    xtask::golden::run::main(&[\n{list}    ])\n}}\n"
    )
}

/// The program, or the first error of every case that does not compile.
fn build(sandbox: &Sandbox) -> Result<Result<PathBuf, BTreeMap<usize, String>>> {
    let mut cargo = sandbox.cargo();
    cargo.args(["build", "--release", "--message-format=json"]).stdout(Stdio::piped());
    let mut child = cargo.spawn()?;
    let output = child.stdout.take().ok_or("cargo has no output")?;
    let (mut program, mut errors, mut others) = (None, BTreeMap::new(), Vec::new());
    for line in BufReader::new(output).lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        if let Some(path) = message["executable"].as_str() {
            program = Some(PathBuf::from(path));
        }
        let message = &message["message"];
        if message["level"] != "error" {
            continue;
        }
        let text = message["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default().to_string();
        let places: BTreeSet<usize> = message["spans"].as_array().into_iter().flatten().filter_map(place).collect();
        match places.first() {
            Some(number) => {
                errors.entry(*number).or_insert(text);
            }
            None => others.push(message["rendered"].as_str().unwrap_or(&text).to_string()),
        }
    }
    match (child.wait()?.success(), program) {
        (true, Some(program)) => Ok(Ok(program)),
        _ if !errors.is_empty() => Ok(Err(errors)),
        _ => Err(format!("the crate in {} does not build\n{}", sandbox.root.display(), others.join("\n")).into()),
    }
}

/// The case whose module a span lies in, or the code that was expanded there.
fn place(span: &Value) -> Option<usize> {
    let file = Path::new(span["file_name"].as_str()?).file_stem()?.to_str()?;
    let number = file.strip_prefix("case").and_then(|number| number.parse().ok());
    number.or_else(|| place(span["expansion"].get("span")?))
}

/// Runs the cases from number `from` on; the number of the one that took the process down.
fn execute(program: &Path, dir: &Path, from: usize, verdicts: &mut BTreeMap<usize, Verdict>) -> Result<Option<usize>> {
    let mut child =
        std::process::Command::new(program).arg(dir).arg(from.to_string()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("the cases have no output")?;
    let mut running = None;
    for line in BufReader::new(output).lines() {
        let message: Value = serde_json::from_str(&line?)?;
        running = message["begin"].as_u64();
        let Some(end) = message["end"].as_u64() else { continue };
        let verdict = match (message["failure"].as_str(), message["note"].as_str()) {
            (Some(failure), _) => Verdict::Failed(failure.to_string()),
            (None, note) => Verdict::Passed(note.map(str::to_string)),
        };
        verdicts.insert(end as usize, verdict);
    }
    let status = child.wait()?;
    match running {
        Some(number) => {
            verdicts.insert(number as usize, Verdict::Failed(format!("the process died: {status}")));
            Ok(Some(number as usize))
        }
        None if status.success() => Ok(None),
        None => Err(format!("{} failed: {status}", program.display()).into()),
    }
}
