//! Training: data, losses, optimizers, metrics, `compile`, `fit` and `evaluate`.
//!
//! # What the macro emits
//!
//! For a model `Digits` with one output `output` (`runtime/tests/tiny` is such a model in full):
//!
//! ```text
//! pub struct DigitsTargets<Y0> { pub output: Y0 }
//! // Width of the last axis (0 where dynamic), the activation that ends it, its class of shape.
//! type O0 = Output<10, softmax, Vector>;
//!
//! impl<T: Real> Columns for DigitsInputs<'_, T> {         // names, before it is known which model the data are for
//!     fn columns(&self) -> impl AsRef<[Column<'_>]> { [Column { name: "image", data: &self.image }] }
//! }
//! impl<Y0: Scan> Columns for DigitsTargets<Y0> {
//!     fn columns(&self) -> impl AsRef<[Column<'_>]> { [Column { name: "output", data: &self.output }] }
//! }
//! impl<T: Real, Y0: Target<T>> Batch<T> for DigitsTargets<Y0> {
//!     fn sources(&self) -> impl AsRef<[Source<'_, T>]> { [self.output.source()] }
//! }
//! impl<C: Accepts<O0, Y0>, Y0> TargetsFor<C> for DigitsTargets<Y0> {}     // C: losses or metrics
//! impl<T: Real, C: Fits<O0>> Measured<C> for Digits<T> {}
//! impl<T: Real> Digits<T> {
//!     pub fn compile<O: Optimizer<T>, L: Loss<T> + Losses<T> + Fits<O0>>(self, optimizer: O, loss: L) -> Compiled<Self, O, L> {
//!         Compiled::new(self, optimizer, loss)
//!     }
//! }
//! ```
//!
//! A model with several outputs takes structs of losses and metrics, with a field an output as its targets have:
//!
//! ```text
//! pub struct DigitsLosses<L0, L1> { pub class: L0, pub score: L1 }
//! pub struct DigitsMetrics<A0, A1> { pub class: A0, pub score: A1 }   // () where an output has none
//!
//! impl<T: Real, L0: Loss<T>, L1: Loss<T>> Losses<T> for DigitsLosses<L0, L1> {
//!     fn each(&self) -> impl AsRef<[&dyn Loss<T>]> { [&self.class as &dyn Loss<T>, &self.score] }
//! }
//! impl<T: Real, A0: Metrics<T>, A1: Metrics<T>> Metrics<T> for DigitsMetrics<A0, A1> {
//!     fn visit(&mut self, _: usize, f: &mut dyn FnMut(usize, &mut dyn Metric<T>)) {
//!         self.class.visit(0, f);
//!         self.score.visit(1, f);
//!     }
//! }
//! impl<C0: Accepts<O0, Y0>, C1: Accepts<O1, Y1>, Y0, Y1> TargetsFor<DigitsLosses<C0, C1>> for DigitsTargets<Y0, Y1> {}
//! impl<C0: Accepts<O0, Y0>, C1: Accepts<O1, Y1>, Y0, Y1> TargetsFor<DigitsMetrics<C0, C1>> for DigitsTargets<Y0, Y1> {}
//! impl<Y0, Y1> TargetsFor<()> for DigitsTargets<Y0, Y1> {}
//! impl<T: Real, C0: Fits<O0>, C1: Fits<O1>> Measured<DigitsLosses<C0, C1>> for Digits<T> {}
//! impl<T: Real, C0: Fits<O0>, C1: Fits<O1>> Measured<DigitsMetrics<C0, C1>> for Digits<T> {}
//! // compile: L0: Loss<T> + Fits<O0>, L1: Loss<T> + Fits<O1>, loss: DigitsLosses<L0, L1>
//! ```
//!
//! `Parameters::visit` of a model passes `weights::join(path, "dense")` on to each layer, which allocates nothing.

mod callback;
mod check;
mod checkpoint;
mod compiled;
mod data;
mod engine;
mod fit;
mod gradients;
mod history;
mod loss;
mod metric;
mod optimizer;
mod output;
mod progress;
mod report;
mod room;
mod run;
mod running;
mod state;
mod tape;
mod target;
mod trainable;
mod uncompiled;

#[cfg(feature = "tensorboard")]
pub use callback::TensorBoard;
pub use callback::{
    BackupAndRestore, CSVLogger, Callback, EarlyStopping, Interrupt, LambdaCallback, LearningRateScheduler, Mode,
    ModelCheckpoint, ReduceLROnPlateau, Training,
};
pub(crate) use checkpoint::FORMAT as CHECKPOINT;
pub use compiled::Compiled;
pub use data::{Batches, Column, Columns, Dataset, Scan, ScanElement, to_categorical};
pub use fit::{ArrayValidation, Arrays, Fit, Share, Validation, Verbose};
pub use gradients::Gradients;
pub use history::History;
pub use loss::*;
pub use metric::*;
pub use optimizer::*;
pub use output::*;
pub use report::Report;
pub use state::State;
pub use tape::{Back, Tape};
pub use target::*;
pub use trainable::{Measured, Trainable};
pub use uncompiled::{IsCompiled, Uncompiled};
