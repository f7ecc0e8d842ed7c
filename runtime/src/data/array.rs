//! Arrays of any element and rank, as the data path handles them: a batch is a list of them.

use std::any::Any;
use std::sync::Arc;

use ndarray::{Array, ArrayBase, ArrayD, ArrayRef, Axis, Data, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn, RemoveAxis};
use smallvec::SmallVec;

use super::element::Element;
use super::field::Field;
use crate::model::Source;
use crate::{Error, Real, Result};

/// An array whose first axis counts samples.
pub trait AnyArray: Send + Sync {
    /// The lengths of all axes, the batch first.
    fn dims(&self) -> &[usize];

    /// The first row that holds NaN or infinity, and which.
    fn first_bad(&self) -> Option<(usize, f64)>;

    /// An array of these rows.
    fn select(&self, rows: &[usize]) -> Box<dyn OwnedArray>;

    /// One row, an `ArrayD`.
    fn row(&self, index: usize) -> Box<dyn Any>;

    /// As a model of `f32` reads it.
    fn single(&self) -> Option<Source<'_, f32>>;

    /// As a model of `f64` reads it.
    fn double(&self) -> Option<Source<'_, f64>>;
}

/// An array in memory of its own.
pub trait OwnedArray: AnyArray {
    /// The `Array` that it is.
    fn any(&self) -> &dyn Any;
}

impl<E: Element, D: RemoveAxis + 'static> OwnedArray for Array<E, D> {
    fn any(&self) -> &dyn Any {
        self
    }
}

impl<S: Data<Elem: Element> + Send + Sync, D: RemoveAxis + 'static> AnyArray for ArrayBase<S, D> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn first_bad(&self) -> Option<(usize, f64)> {
        if let Some(data) = self.as_slice() {
            let place = S::Elem::first_bad(data)?;
            let row = place / (data.len() / self.shape()[0]).max(1);
            return Some((row, data[place].number()));
        }
        self.axis_iter(Axis(0)).enumerate().find_map(|(row, values)| {
            let bad = values.iter().find(|value| S::Elem::first_bad(&[**value]).is_some())?;
            Some((row, bad.number()))
        })
    }

    fn select(&self, rows: &[usize]) -> Box<dyn OwnedArray> {
        Box::new(ArrayRef::select(self, Axis(0), rows))
    }

    fn row(&self, index: usize) -> Box<dyn Any> {
        let row: ArrayD<S::Elem> = self.index_axis(Axis(0), index).into_dyn().to_owned();
        Box::new(row)
    }

    fn single(&self) -> Option<Source<'_, f32>> {
        S::Elem::single(self)
    }

    fn double(&self) -> Option<Source<'_, f64>> {
        S::Elem::double(self)
    }
}

/// The arrays of a data set in the order of their names.
pub type Arrays<'a> = SmallVec<[Arc<dyn AnyArray + 'a>; 4]>;

/// The arrays of a batch in the order of their names.
pub(crate) type Borrowed<'f> = SmallVec<[&'f (dyn AnyArray + 'f); 4]>;

/// A list of arrays.
pub fn arrays<'a, const N: usize>(arrays: [Arc<dyn AnyArray + 'a>; N]) -> Arrays<'a> {
    arrays.into_iter().collect()
}

/// An array of a model's inputs, of any element and rank.
pub fn borrowed<E: Element, D: RemoveAxis + 'static>(array: &ArrayRef<E, D>) -> Arc<dyn AnyArray + '_> {
    Arc::new(array.view())
}

/// A reference to an array that may be a target in a data set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a target of a data set",
    label = "not a reference to an array",
    note = "hint: give `&array`, of one row a sample"
)]
pub trait TargetArray<'a>: Copy {
    /// What one row of it is.
    type Row: Field;

    /// The array.
    #[doc(hidden)]
    fn array(self) -> Arc<dyn AnyArray + 'a>;
}

impl<'a, S: Data<Elem = E>, E: Element, D: RowOf<E>> TargetArray<'a> for &'a ArrayBase<S, D> {
    type Row = D::Row;

    fn array(self) -> Arc<dyn AnyArray + 'a> {
        borrowed(self)
    }
}

impl<'a, E: Element, D: RowOf<E>> TargetArray<'a> for &'a ArrayRef<E, D> {
    type Row = D::Row;

    fn array(self) -> Arc<dyn AnyArray + 'a> {
        borrowed(self)
    }
}

/// The rows of an array with such axes.
pub trait RowOf<E>: RemoveAxis + 'static {
    /// A number, or an array with one axis less.
    type Row: Field<Element = E, Batch = Self>;
}

impl<E: Element + Field<Element = E, Batch = Ix1>> RowOf<E> for Ix1 {
    type Row = E;
}

macro_rules! rows {
    ($($batch:ty: $row:ty;)*) => { $(
        impl<E: Element> RowOf<E> for $batch {
            type Row = Array<E, $row>;
        }
    )* };
}

rows! { Ix2: Ix1; Ix3: Ix2; Ix4: Ix3; Ix5: Ix4; Ix6: Ix5; IxDyn: IxDyn; }

/// The arrays as a model of this element type reads them.
pub(crate) fn sources<'a, T: Real>(arrays: &Borrowed<'a>) -> Result<SmallVec<[Source<'a, T>; 4]>> {
    let other = || Error::data(format!("the data set holds numbers of another type than {}", T::NAME));
    arrays.iter().map(|array| T::source(*array).ok_or_else(other)).collect()
}
