//! Numeric building blocks on plain slices. They know no dimension at compile time.
//!
//! Each is compiled once per instruction [`Level`] and the best is picked at run time. Sums are split by the
//! problem alone, never by the number of threads, and other work in ways that leave the order of each sum as it is, so that a
//! result has the same bits on any number of threads. None allocates once warm.

pub mod activation;
pub(crate) mod attention;
pub(crate) mod channels;
pub mod conv;
mod elementary;
pub mod gemm;
mod level;
pub(crate) mod recurrent;
pub mod reduce;
pub(crate) mod root;
pub(crate) mod scratch;
pub mod softmax;
pub mod sparsemax;
mod vector;
pub mod window;

pub(crate) use elementary::Elementary;
pub use gemm::Write;
pub use level::Level;
pub(crate) use level::Routine;
pub(crate) use vector::{Registers, Vector, VectorRoutine};
