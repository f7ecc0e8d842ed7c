//! Running cases: from a stored case and what computes it to how far both are apart. The crate that `golden` writes calls
//! this.

mod layer;
mod training;

use std::fmt::Display;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

pub use layer::{Inputs, flat, layer};
pub use ndarray::{Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};
use serde_json::json;
pub use training::{loss, metric, optimizer, schedule};

pub use super::case::Case;
use super::case::{self, Array};
use super::compare::Comparisons;

/// What a case came to; an error is a failure in words.
pub type Checked = Result<Comparisons, Failure>;

/// What runs a case.
pub type Run = fn(&Case) -> Checked;

/// Why a case failed.
#[derive(Debug)]
pub struct Failure(String);

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(error.to_string())
    }
}

/// Runs the cases with these numbers from number `args[2]` on, out of the directory `args[1]`: a line when one begins
/// and a line when it ends.
pub fn main(cases: &[(usize, Run)]) -> Result<(), crate::Error> {
    let args: Vec<String> = std::env::args().collect();
    let [_, dir, from] = args.as_slice() else { return Err("usage: golden DIR FROM".into()) };
    let all = case::read(Path::new(dir))?;
    let from: usize = from.parse()?;
    std::panic::set_hook(Box::new(|_| {}));
    for (number, run) in cases.iter().filter(|(number, _)| *number >= from) {
        println!("{}", json!({ "begin": number }));
        std::io::stdout().flush()?;
        let case = all.get(*number).ok_or("the directory has changed")?;
        let checked = catch_unwind(AssertUnwindSafe(|| run(case)));
        let (failure, note) = match checked {
            Ok(Ok(comparisons)) => (comparisons.verdict().err(), comparisons.note),
            Ok(Err(Failure(failure))) => (Some(failure), None),
            Err(panic) => (Some(format!("panicked: {}", words(&*panic))), None),
        };
        println!("{}", json!({ "end": number, "failure": failure, "note": note }));
    }
    Ok(())
}

fn words(panic: &dyn std::any::Any) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

fn single(array: &Array) -> Vec<f32> {
    array.data.iter().map(|x| *x as f32).collect()
}

fn ids(array: &Array) -> Vec<u32> {
    array.data.iter().map(|x| *x as i64 as u32).collect()
}
