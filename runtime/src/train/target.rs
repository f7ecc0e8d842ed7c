//! Targets: arrays of numbers, or of class ids, and which of them a loss or a metric takes.

use ndarray::{ArrayBase, ArrayRef, Data, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn, RemoveAxis};

use super::output::{Map, Output, Scalar, Vector};
use crate::Real;
use crate::model::{Source, Whole};

/// An array that a model of elements `T` can be trained towards: numbers of that type, or whole-number class ids.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the target of a model that computes in `{T}`",
    label = "not a reference to an array of `{T}` or of integers",
    note = "hint: give `&array`; convert numbers of another type by `array.mapv(|v| v as {T})`"
)]
pub trait Target<T: Real> {
    /// The array as the runtime reads it.
    fn source(&self) -> Source<'_, T>;
}

/// An element that the target of a model of elements `T` may have.
#[diagnostic::on_unimplemented(
    message = "an array of `{Self}` cannot be the target of a model that computes in `{T}`",
    note = "hint: convert it by `array.mapv(|v| v as {T})`; class ids may be of any integer type"
)]
pub trait TargetElement<T: Real>: Sized {
    /// The array as the runtime reads it.
    fn source<S: Data<Elem = Self> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Source<'_, T>;

    /// A batch of a data set as the runtime reads it.
    fn batch<'s, D: RemoveAxis>(array: &'s &ArrayRef<Self, D>) -> Source<'s, T>;
}

impl<T: Real, A: TargetElement<T>, S: Data<Elem = A> + Sync, D: RemoveAxis> Target<T> for &ArrayBase<S, D> {
    fn source(&self) -> Source<'_, T> {
        A::source(self)
    }
}

impl<T: Real, A: TargetElement<T>, D: RemoveAxis> Target<T> for &ArrayRef<A, D> {
    fn source(&self) -> Source<'_, T> {
        A::batch(self)
    }
}

impl TargetElement<f32> for f32 {
    fn source<S: Data<Elem = f32> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Source<'_, f32> {
        Source::Numbers(array)
    }

    fn batch<'s, D: RemoveAxis>(array: &'s &ArrayRef<f32, D>) -> Source<'s, f32> {
        Source::Numbers(array)
    }
}

impl TargetElement<f64> for f64 {
    fn source<S: Data<Elem = f64> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Source<'_, f64> {
        Source::Numbers(array)
    }

    fn batch<'s, D: RemoveAxis>(array: &'s &ArrayRef<f64, D>) -> Source<'s, f64> {
        Source::Numbers(array)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, I: Whole> TargetElement<T> for I {
    fn source<S: Data<Elem = I> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Source<'_, T> {
        Source::Ids(array)
    }

    fn batch<'s, D: RemoveAxis>(array: &'s &ArrayRef<I, D>) -> Source<'s, T> {
        Source::Ids(array)
    }
}

/// Losses or metrics `C` take these targets. The macro implements it for each model's targets.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not targets for `{C}`",
    label = "targets and losses belong to different models",
    note = "hint: a data set is made of the `..Inputs` and `..Targets` of the model that it trains"
)]
pub trait TargetsFor<C> {}

/// This loss or metric takes the target `Y` for the output `O`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not take the target `{Y}` for the output `{O}`",
    label = "target and loss (or metric) do not fit each other"
)]
pub trait Accepts<O, Y> {}

/// Nothing to measure.
impl<O, Y> Accepts<O, Y> for () {}

/// A target with one number for every number of the output `O`.
#[diagnostic::on_unimplemented(
    message = "the loss or metric takes one number for every number of the output `{O}`, but the target is `{Self}`",
    label = "needs a reference to an array of numbers"
)]
pub trait DenseFor<O> {}

impl<S: Data, D, const W: usize, A, C> DenseFor<Output<W, A, C>> for &ArrayBase<S, D> where S::Elem: Number<C, D> {}
impl<E: Number<C, D>, D, const W: usize, A, C> DenseFor<Output<W, A, C>> for &ArrayRef<E, D> {}

/// A target with one class id for every row of the output `O`.
#[diagnostic::on_unimplemented(
    message = "the loss or metric takes one class id for every sample of the output `{O}`, but the target is `{Self}`",
    label = "needs a reference to an array of integers"
)]
pub trait IdsFor<O> {}

impl<S: Data, D, const W: usize, A, C> IdsFor<Output<W, A, C>> for &ArrayBase<S, D> where S::Elem: ClassId<C, D> {}
impl<E: ClassId<C, D>, D, const W: usize, A, C> IdsFor<Output<W, A, C>> for &ArrayRef<E, D> {}

/// A number, not a class id, in an array of dimension `D` for an output of class `C`.
#[diagnostic::on_unimplemented(
    message = "the loss or metric takes numbers as targets, but got class ids of type `{Self}`",
    label = "the target holds integers",
    note = "hint: `SparseCategoricalCrossentropy` and `SparseCategoricalAccuracy` take class ids as they are",
    note = "hint: `to_categorical::<f32, _>(&ids, classes)?` makes one-hot rows of ids; numbers are converted by \
            `array.mapv(|v| v as f32)`"
)]
pub trait Number<C, D> {}

impl<C, D: DenseRank<C>> Number<C, D> for f32 {}
impl<C, D: DenseRank<C>> Number<C, D> for f64 {}

/// A class id, an integer, in an array of dimension `D` for an output of class `C`.
#[diagnostic::on_unimplemented(
    message = "the loss or metric takes class ids as targets (integers), but got numbers of type `{Self}`",
    label = "the target holds `{Self}`",
    note = "hint: for one-hot rows use `CategoricalCrossentropy` and `CategoricalAccuracy`",
    note = "hint: for ids stored as floats convert them by `array.mapv(|v| v as u32)`"
)]
pub trait ClassId<C, D> {}

macro_rules! class_ids {
    ($($integer:ty)*) => { $(
        impl<C, D: IdsRank<C>> ClassId<C, D> for $integer {}
    )* };
}

class_ids! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

/// The axes of an array of targets that has one number for every number of an output of class `C`.
#[diagnostic::on_unimplemented(
    message = "the target's number of axes differs from the output's, whose class is `{C}`",
    label = "a target needs the axes of the output, the batch included",
    note = "a Scalar is an array of shape (batch, 1), a Vector (batch, width), a Map has three axes or more; nothing is broadcast",
    note = "hint: for an output of one number a sample, `labels.insert_axis(Axis(1))` makes (batch, 1) of (batch,)",
    note = "hint: class ids, one a sample, go with `SparseCategoricalCrossentropy`"
)]
pub trait DenseRank<C> {}

#[diagnostic::do_not_recommend]
impl DenseRank<Scalar> for Ix2 {}
#[diagnostic::do_not_recommend]
impl DenseRank<Vector> for Ix2 {}
#[diagnostic::do_not_recommend]
impl DenseRank<Map> for Ix3 {}
#[diagnostic::do_not_recommend]
impl DenseRank<Map> for Ix4 {}
#[diagnostic::do_not_recommend]
impl DenseRank<Map> for Ix5 {}
#[diagnostic::do_not_recommend]
impl DenseRank<Map> for Ix6 {}
#[diagnostic::do_not_recommend]
impl<C> DenseRank<C> for IxDyn {}

/// The axes of an array of class ids for an output of class `C`.
#[diagnostic::on_unimplemented(
    message = "class ids have one axis less than the output, but this array has another number of axes (output class: `{C}`)",
    label = "one class id a sample, or one a position",
    note = "hint: for a Vector of classes give an array of shape (batch,): `ids.remove_axis(Axis(1))` makes it of (batch, 1)",
    note = "hint: one-hot rows are floats and go with `CategoricalCrossentropy`"
)]
pub trait IdsRank<C> {}

#[diagnostic::do_not_recommend]
impl IdsRank<Vector> for Ix1 {}
#[diagnostic::do_not_recommend]
impl IdsRank<Map> for Ix2 {}
#[diagnostic::do_not_recommend]
impl IdsRank<Map> for Ix3 {}
#[diagnostic::do_not_recommend]
impl IdsRank<Map> for Ix4 {}
#[diagnostic::do_not_recommend]
impl IdsRank<Map> for Ix5 {}
/// `SeveralClasses` has spoken about these.
#[diagnostic::do_not_recommend]
impl IdsRank<Scalar> for Ix1 {}
#[diagnostic::do_not_recommend]
impl<C> IdsRank<C> for IxDyn {}
