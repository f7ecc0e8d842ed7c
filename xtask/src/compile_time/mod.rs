//! `cargo xtask compile-time`: what models add to `cargo check` over the same crate without them.

mod measure;
mod models;

pub use measure::wrapped;

use crate::Result;
use crate::sandbox::Sandbox;

/// Measures chains of Dense layers, VGG-16 and ResNet-50 and prints a table; names given select the models.
///
/// # Errors
/// If a crate cannot be written or checked.
pub fn compile_time(names: &[&str]) -> Result<bool> {
    let sandbox = Sandbox::new("compile-time", "formwork = { path = \"{root}/runtime\" }")?;
    let empty = measure::check(&sandbox, models::EMPTY)?;
    println!(
        "`cargo check` of a crate without a model takes {:.2} s and {:.0} MiB; a model adds",
        empty.seconds, empty.mib
    );
    println!(
        "{:<11} {:<9} {:>8} {:>11} {:>6} {:>13}",
        "model", "dims", "seconds", "processor s", "MiB", "ms per layer"
    );
    for subject in models::all() {
        if !names.is_empty() && !names.contains(&subject.name.as_str()) {
            continue;
        }
        for (dims, source) in [("literal", subject.with_literals()), ("const", subject.with_constants())] {
            let cost = measure::check(&sandbox, &source)?;
            let processor = cost.processor - empty.processor;
            let each = subject.layers.map_or(String::new(), |layers| format!("{:.2}", processor * 1e3 / layers as f64));
            println!(
                "{:<11} {dims:<9} {:>8.2} {processor:>11.2} {:>6.0} {each:>13}",
                subject.name,
                cost.seconds - empty.seconds,
                cost.mib - empty.mib,
            );
        }
    }
    Ok(true)
}
