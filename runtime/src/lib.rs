//! Formwork: neural networks whose shapes are proved while the program compiles.

mod element;
pub mod kernels;

pub use element::Real;
