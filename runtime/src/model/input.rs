//! The arrays that a model's inputs take: a field refers to any array of its axes and its element, and the compiler says in
//! words what another array lacks.

use std::fmt::Debug;
use std::ops::Deref;

use ndarray::{ArrayBase, ArrayRef, Data, Dimension};

/// An array of elements `T` as input `I` of model `M` takes it: `&array` of ndarray, or `&view` (`&array.view()` where only an
/// [`ArrayRef`] is at hand). It dereferences to an [`ArrayRef`], so that it has the methods of an array.
#[diagnostic::on_unimplemented(
    message = "expected an array of ndarray, got `{Self}`",
    label = "no array of ndarray",
    note = "hint: borrow an array, `&array![[1.0, 2.0]]`, or make one, `&Array::from_shape_vec((rows, columns), numbers)?` (in \
            `formwork::ndarray`)"
)]
pub trait InputArray<T, M: Place<I>, const I: usize>: Debug + Sync {
    /// The array.
    fn array(&self) -> &ArrayRef<T, M::Axes>;
}

impl<T, S, D, M, const I: usize> InputArray<T, M, I> for ArrayBase<S, D>
where
    T: Debug + Sync,
    S: Data<Elem: Debug> + Sync,
    (T, S::Elem): Same<T, S::Elem>,
    D: AxesOf<M, I>,
    M: Place<I>,
{
    fn array(&self) -> &ArrayRef<T, M::Axes> {
        D::axes_of(<(T, S::Elem)>::same(self))
    }
}

/// An input's element and an array's are one. It is a trait of its own for the sake of its message, and one of a pair because the
/// compiler then infers either from the other.
#[diagnostic::on_unimplemented(
    message = "this input takes elements of type `{T}`, got an array of `{E}`",
    label = "an array of `{E}`",
    note = "hint: convert it, `&array.mapv(|value| value as {T})`"
)]
pub trait Same<T, E> {
    /// The same array.
    fn same<D>(array: &ArrayRef<E, D>) -> &ArrayRef<T, D>;
}

impl<T> Same<T, T> for (T, T) {
    fn same<D>(array: &ArrayRef<T, D>) -> &ArrayRef<T, D> {
        array
    }
}

impl<T, M: Place<I>, const I: usize> Deref for dyn InputArray<T, M, I> + '_ {
    type Target = ArrayRef<T, M::Axes>;

    fn deref(&self) -> &ArrayRef<T, M::Axes> {
        self.array()
    }
}

impl<T: PartialEq, S: Data<Elem = T>, M: Place<I>, const I: usize> PartialEq<ArrayBase<S, M::Axes>>
    for &dyn InputArray<T, M, I>
{
    fn eq(&self, other: &ArrayBase<S, M::Axes>) -> bool {
        let other: &ArrayRef<T, M::Axes> = other;
        self.array() == other
    }
}

/// A model with an input `I`: those of a batch first, then those of one sample.
pub trait Place<const I: usize> {
    /// The axes of its arrays.
    type Axes: Dimension;
}

/// The axes of the arrays for input `I` of model `M`. The other implementations that the macro writes are never fulfilled:
/// they are there for their messages.
#[diagnostic::on_unimplemented(
    message = "`{M}` takes an array with another number of axes here, got `{Self}`",
    label = "another number of axes",
    note = "hint: give the array the axes of the input, the batch first: `&array.into_shape_with_order((32, 28, 28, 1))?`"
)]
pub trait AxesOf<M: Place<I>, const I: usize>: Dimension {
    /// The same array.
    fn axes_of<T>(array: &ArrayRef<T, Self>) -> &ArrayRef<T, M::Axes>;
}
