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
        "`cargo check` of a crate without a model takes {:.2} s of a processor and {:.0} MiB; a model adds",
        empty.seconds, empty.mib
    );
    println!("{:<11} {:<9} {:>8} {:>6} {:>13}", "model", "dims", "seconds", "MiB", "ms per layer");
    for subject in models::all() {
        if !names.is_empty() && !names.contains(&subject.name.as_str()) {
            continue;
        }
        for (dims, source) in [("literal", subject.with_literals()), ("const", subject.with_constants())] {
            let cost = measure::check(&sandbox, &source)?;
            let seconds = cost.seconds - empty.seconds;
            let each = subject.layers.map_or(String::new(), |layers| format!("{:.2}", seconds * 1e3 / layers as f64));
            println!("{:<11} {dims:<9} {seconds:>8.2} {:>6.0} {each:>13}", subject.name, cost.mib - empty.mib);
        }
    }
    Ok(true)
}
