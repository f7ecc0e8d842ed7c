//! The one place that knows what a layer does to a shape.
//!
//! Every built-in layer is one file in [`layers`]: its arguments, its shape rule, the wording of its errors, its
//! weights and its cost, all `const fn`. The same rule runs in the `model!` macro for dimensions that it can read, in
//! the user's crate by constant evaluation for those it cannot, and at run time for dynamic axes.

#![no_std]
// A message is built where it is reported, in constant evaluation, which has no heap to put it on.
#![allow(clippy::result_large_err)]

mod argument;
mod arguments;
mod equation;
mod history;
mod layer;
pub mod layers;
mod limits;
mod message;
mod penalty;
mod rule;
mod shape;
mod shared;
mod weights;
mod window;

/// What the printed configuration of a layer mentions: types, and nothing that a constant could be called.
#[doc(hidden)]
pub mod words {
    pub use crate::argument::Inner;
    pub use crate::arguments::Initializer::*;
    pub use crate::arguments::*;
    pub use crate::{Layer, layers};
}

pub use argument::{Arg, Argument, Call, Inner, Value};
pub use arguments::*;
pub use equation::{Axes, Equation};
pub use history::{Past, Tale};
pub use layer::{Configure, Field};
pub use layers::{FUNCTIONS, Layer, OPERATORS};
pub use limits::too_large;
pub use message::Msg;
pub use penalty::{Constraint, Regularizer};
pub use rule::{Facts, In, Kind, Masking, Outs, Reads, Rule, Storage, Tensor, WeightSpec, Weights};
pub use shape::{DYN, MAX_RANK, Shape, axis, first, is_dynamic};
pub use shared::{shared, shared_custom};
pub use weights::{is_about, unfit, unfit_constraint};
pub use window::Window;
