//! Numeric building blocks on plain slices. They know no dimension at compile time.

pub mod gemm;
mod level;

pub use gemm::Write;
pub use level::Level;
