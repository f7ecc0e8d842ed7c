//! Neural networks whose shapes are proved while the program compiles.
//!
//! ```
//! use formwork::ndarray::Array2;
//! use formwork::prelude::*;
//!
//! model!(
//!     /// Four measurements of a flower in, one probability a species out.
//!     pub fn Iris(flower: Input<4>) -> Output<3> {
//!         let h = Dense(16, activation = relu)(flower);
//!         Dense(3, activation = softmax)(h)
//!     }
//! );
//!
//! # fn main() -> Result<()> {
//! let model = Iris::new(1);
//! let flowers = Array2::zeros((8, 4));
//! let species = model.predict(IrisInputs { flower: &flowers })?.output;
//! assert_eq!(species.dim(), (8, 3));
//! # Ok(())
//! # }
//! ```
//!
//! Where to look for what:
//!
//! | | |
//! |---|---|
//! | [`model!`] | the language: inputs, shapes, sharing, nesting, loops, what the macro writes |
//! | [`layers`] | every built-in layer with its arguments, shapes and errors |
//! | [`prelude`] | everything that a program which trains a model names |
//! | [`data`] | data sets: from arrays, iterators and files to batches |
//! | [`train`] | losses, optimizers, metrics, `compile`, `fit` and `evaluate` |
//! | [`model::Model`] | what every model can do: predict, save, load, print a summary |
//! | [`weights`] | reading and changing weights |
//! | [`mod@layer`] | layers of your own |
//!
//! The README is the tour of all this, and the folder `examples/` is read in order.

mod buffer;
mod checked;
pub mod data;
#[doc(hidden)]
pub mod editor;
mod element;
mod error;
mod files;
mod initializer;
pub mod kernel;
pub mod kernels;
pub mod layer;
// The kernels. Users know by `layers` what shape/ says about them.
#[path = "layers/mod.rs"]
mod layer_kernels;
pub mod model;
mod nested;
mod penalty;
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
/// Every built-in layer. The fields of each struct are the layer's arguments in the order of their places: those without a
/// default come first and are required, so that `Conv2D { filters, kernel_size, .. }` is written `Conv2D(32, (3, 3),
/// padding = same)` in [`model!`]. Shapes are those of one sample, without the batch axis.
#[doc(inline)]
pub use formwork_shape::layers;
pub use ndarray;
pub use summary::Summary;
pub use threads::Threads;
pub use view::{Grad, View, ViewMut};

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

/// Declares a neural network; its shapes are proved while the program compiles.
///
/// The body is valid Rust syntax with Keras' names and meaning: `Layer(settings)(inputs)`.
///
/// ```
/// use formwork::prelude::*;
///
/// model!(
///     /// A photo and ten measurements in, one probability out.
///     pub fn ImageAux(image: Input<16, 16, 3>, aux: Input<10>) -> Output<1> {
///         let photo = Conv2D(8, (3, 3), activation = relu)(image);
///         let photo: Shape<1568> = Flatten()(photo);
///         let facts = Dense(16, activation = relu)(aux);
///         Dense(1, activation = sigmoid)(Concatenate()(photo, facts))
///     }
/// );
/// assert_eq!(ImageAux::<f32>::PARAMS, 1_985);
/// ```
///
/// * **Inputs** are `name: Input<dims>`, the shape of one sample. A dim is a number, a constant, `_` (an axis that only
///   the data knows) or a lower-case name (such an axis that has one length wherever the name recurs). A last argument
///   that is an integer type makes an input of ids: `Input<100, u32>`; one that feeds an `Embedding` is one anyway.
/// * **Outputs** are `-> Output<dims>`, or `-> Outputs<class = Output<10>, score = Output<1>>` with `Outputs { class, score }`
///   at the end of the body; without `->` they are not checked.
/// * **Layers**: [`layers`] lists them. `let encode = LSTM(64);` is a layer that every `encode(x)` shares;
///   `Sequential([..])` chains layers; `name = encoder` names one; a path or an unknown name is a layer of your own
///   (see [`mod@crate::layer`]) or another model.
/// * **Tensors** have `+ - * /`, with numbers and with tensors of a shape that can be broadcast, the activations as
///   functions (`relu(x)`), Keras' operations (`sum(x, axis = 1)`, `softmax(x, axis = 1)`, `matmul(a, b)`) and slices per
///   sample (`h[(-1, ..)]`). `let h: Shape<64> = ..` states a shape, which is checked.
/// * **Rust at expansion**: integers, `const`, `if`, `for .. in`, `let mut`, lists, `fn helper(x: Tensor, n: usize) ->
///   Tensor { .. }` and closures are unrolled by the macro.
///
/// # What it writes
///
/// For `fn Digits(image: Input<28, 28, 1>) -> Output<10>`:
///
/// * `Digits<T = f32>`, with a public field for each layer that has weights; `Digits::new(seed)` for `f32` and
///   `Digits::<f64>::seeded(seed)`; the constants `PARAMS`, `TRAINABLE_PARAMS`, `FLOPS`, `INPUT_SHAPES`, `OUTPUT_SHAPES`;
///   `predict_one` for a single sample; `compile(optimizer, loss)`. [`Model`](crate::model::Model) brings the rest.
/// * `DigitsInputs { image }` for a batch and `DigitsInput { image }` for a sample, of `&array` or `&view` with the axes of the
///   input; `DigitsOutputs` and `DigitsOutput` with a field an output, named `output` where there is one without a name.
/// * `DigitsTargets { output }`, and for several outputs `DigitsLosses` and `DigitsMetrics`.
#[macro_export]
macro_rules! model {
    ($($model:tt)*) => { $crate::macros::model! { ($crate) $($model)* } };
}

/// What `model!` expands to first.
#[doc(hidden)]
pub mod macros {
    pub use formwork_macros::model;
}

/// Every block of Rust in the README is a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
