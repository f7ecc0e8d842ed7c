//! Formwork: neural networks whose shapes are proved while the program compiles.

mod buffer;
#[doc(hidden)]
pub mod editor;
mod element;
mod error;
mod files;
mod initializer;
pub mod kernel;
pub mod kernels;
pub mod layer;
mod layers;
pub mod model;
mod nested;
pub mod prelude;
pub mod random;
mod summary;
mod threads;
pub mod train;
pub mod types;
mod view;
pub mod weights;

pub use element::Real;
pub use error::{Error, Result};
pub use formwork_macros::model;
pub use summary::Summary;
pub use threads::Threads;
pub use view::{Grad, View, ViewMut};

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
