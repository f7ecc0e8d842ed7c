//! Losses, optimizers, schedules and metrics as expressions of the public API.

mod classes;
mod measures;
mod settings;
mod steps;

pub use measures::{loss, metric};
pub use steps::{optimizer, schedule};
