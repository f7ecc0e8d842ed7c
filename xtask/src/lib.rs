//! Developer commands: `cargo xtask golden DIR`, `cargo xtask compile-time`, `cargo xtask bench`.

pub mod bench;
pub mod compile_time;
pub mod golden;
mod sandbox;

/// What went wrong, in words.
pub type Error = Box<dyn std::error::Error>;
/// The result of a command.
pub type Result<T, E = Error> = std::result::Result<T, E>;
