//! Training: losses, optimizers, metrics, `compile`, `fit` and `evaluate`.
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
//! // One sample, and what makes batches of samples and samples of batches. The same for the targets.
//! pub struct DigitsSample<T = f32> { pub image: Array<T, Ix3> }
//! pub struct DigitsTarget<V0> { pub output: V0 }
//! impl<T: Real> Fields for DigitsSample<T> {
//!     type Batch<'b> = DigitsInputs<'b, T>;
//!     const NAMES: &'static [&'static str] = &["image"];
//!     const ROLE: &'static str = "input";
//!     fn stack(samples: &[Self], stack: &mut Stack<'_>) -> Result<()> { stack.field("image", samples, |sample| &sample.image) }
//!     fn row(row: Row<'_>) -> Self { DigitsSample { image: row.field(0) } }
//!     fn batch(stacked: &Stacked) -> DigitsInputs<'_, T> { DigitsInputs { image: stacked.array(0) } }
//!     fn pad(&mut self, padding: &Padding) { pad(&mut self.image, &SHAPE, padding); }
//! }
//! impl<'a, T: Real> Columns<'a> for DigitsInputs<'a, T> {
//!     type Sample = DigitsSample<T>;
//!     fn arrays(&self) -> Arrays<'a> { [borrowed(self.image)].into_iter().collect() }
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
mod engine;
mod fit;
mod gradients;
mod history;
mod in_batches;
mod loss;
mod metric;
mod notes;
mod optimizer;
mod output;
mod progress;
mod report;
mod room;
mod run;
mod running;
mod state;
mod step;
mod tape;
mod target;
mod trainable;
mod uncompiled;
mod validation;

#[cfg(feature = "tensorboard")]
pub use callback::TensorBoard;
pub use callback::{
    BackupAndRestore, CSVLogger, Callback, EarlyStopping, Interrupt, LambdaCallback, LearningRateScheduler, Mode,
    ModelCheckpoint, ReduceLROnPlateau, SwapEMAWeights, Training,
};
pub(crate) use checkpoint::FORMAT as CHECKPOINT;
pub use compiled::Compiled;
pub use fit::{Arrays, Fit, Share, Verbose};
pub use gradients::Gradients;
pub use history::History;
pub use in_batches::{InBatches, InputsOf};
pub use loss::*;
pub use metric::*;
pub use optimizer::*;
pub use output::*;
pub use report::Report;
pub(crate) use room::Room;
pub use state::State;
pub use tape::{Back, Tape};
pub use target::*;
pub use trainable::{Measured, Trainable};
pub use uncompiled::{IsCompiled, Uncompiled};
pub use validation::{ArrayValidation, Validation};
