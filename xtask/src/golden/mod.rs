//! `cargo xtask golden DIR`: what Keras computes, computed by models that `model!` has written.
//!
//! Each layer case becomes a model of that one layer, each loss, optimizer, schedule and metric an expression of the
//! public API. They are compiled into one crate, which runs them.

mod arguments;
pub mod case;
pub mod compare;
mod generate;
mod layer;
#[cfg(feature = "run")]
pub mod run;
mod training;

use std::collections::BTreeMap;
use std::path::Path;

use crate::Result;

/// What a case came to.
#[derive(Debug)]
enum Verdict {
    /// All numbers are Keras'; a note says what was not compared.
    Passed(Option<String>),
    /// The worst number, or why there is none.
    Failed(String),
    /// What Formwork does not have.
    Unsupported(String),
}

/// Runs the cases in `dir` and reports; false if one failed.
///
/// # Errors
/// If a file cannot be read or the crate cannot be built.
pub fn golden(dir: &Path) -> Result<bool> {
    let dir = dir.canonicalize().map_err(|error| format!("cannot read {}: {error}", dir.display()))?;
    let cases = case::read(&dir)?;
    let mut sources = BTreeMap::new();
    let mut verdicts = BTreeMap::new();
    for (number, case) in cases.iter().enumerate() {
        match generate::source(case) {
            Ok(source) => {
                sources.insert(number, source);
            }
            Err(reason) => {
                verdicts.insert(number, Verdict::Unsupported(reason));
            }
        }
    }
    verdicts.extend(generate::run(&dir, sources)?);

    let (mut notes, mut failed, mut unsupported, mut passed) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (number, case) in cases.iter().enumerate() {
        let missing = Verdict::Failed("it was not run".to_string());
        match verdicts.get(&number).unwrap_or(&missing) {
            Verdict::Passed(note) => {
                passed += 1;
                notes.extend(note.iter().map(|note| format!("note         {}: {note}", case.id)));
            }
            Verdict::Failed(why) => failed.push(format!("FAILED       {}: {why} ({})", case.id, case.place)),
            Verdict::Unsupported(why) => unsupported.push(format!("unsupported  {}: {why}", case.id)),
        }
    }
    for line in notes.iter().chain(&unsupported).chain(&failed) {
        println!("{line}");
    }
    println!("golden: {passed} passed, {} failed, {} unsupported", failed.len(), unsupported.len());
    Ok(failed.is_empty())
}
