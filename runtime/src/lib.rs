//! Formwork: neural networks whose shapes are proved while the program compiles.

mod buffer;
mod element;
mod error;
mod initializer;
pub mod kernel;
pub mod kernels;
mod layers;
pub mod model;
pub mod prelude;
pub mod random;
mod threads;
pub mod train;
pub mod types;
mod view;
pub mod weights;

pub use element::Real;
pub use error::{Error, Result};
pub use threads::Threads;
pub use view::{Grad, View, ViewMut};

/// What generated code calls. Not for anybody else.
#[doc(hidden)]
pub mod __private {
    pub use formwork_shape::is_dynamic;
    pub use typenum;

    /// Dimension `i` of a shape, 0 where there is none.
    pub const fn dim_or_zero(shape: &formwork_shape::Shape, i: usize) -> usize {
        if i < shape.rank() { shape.dim(i) } else { 0 }
    }
}
