//! One value of a sample: a number or an array.

use ndarray::{Array, ArrayView, ArrayViewD, Dimension, Ix1, Ix2, IxDyn, RemoveAxis, aview1};

use super::element::Element;

/// A field of a sample: an array, a list of fixed length, or a single number. A batch of it has one axis more.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a sample",
    label = "neither a number nor an array of numbers",
    note = "hint: a field is an owned ndarray `Array`, a list such as `[f32; 4]`, or a number; a class id is an integer"
)]
pub trait Field: Clone + Send + Sync + 'static {
    /// What it holds.
    type Element: Element;
    /// The axes of a batch of it.
    type Batch: RemoveAxis + 'static;

    /// The numbers.
    #[doc(hidden)]
    fn values(&self) -> ArrayViewD<'_, Self::Element>;

    /// A field that holds these numbers, which have as many axes.
    #[doc(hidden)]
    fn of(values: ArrayViewD<'_, Self::Element>) -> Self;
}

impl<E: Element, D: Dimension + Send + Sync + 'static> Field for Array<E, D>
where
    D::Larger: RemoveAxis + 'static,
{
    type Element = E;
    type Batch = D::Larger;

    fn values(&self) -> ArrayViewD<'_, E> {
        self.view().into_dyn()
    }

    fn of(values: ArrayViewD<'_, E>) -> Self {
        values.into_dimensionality::<D>().expect("the row of an array has one axis less").to_owned()
    }
}

impl<E: Element, const N: usize> Field for [E; N] {
    type Element = E;
    type Batch = Ix2;

    fn values(&self) -> ArrayViewD<'_, E> {
        aview1(self).into_dyn()
    }

    fn of(values: ArrayViewD<'_, E>) -> Self {
        std::array::from_fn(|place| values[[place]])
    }
}

impl<E: Element> Field for Vec<E> {
    type Element = E;
    type Batch = Ix2;

    fn values(&self) -> ArrayViewD<'_, E> {
        aview1(self).into_dyn()
    }

    fn of(values: ArrayViewD<'_, E>) -> Self {
        values.iter().copied().collect()
    }
}

macro_rules! numbers {
    ($($number:ty)*) => { $(
        impl Field for $number {
            type Element = $number;
            type Batch = Ix1;

            fn values(&self) -> ArrayViewD<'_, $number> {
                ArrayView::from_shape(IxDyn(&[]), std::slice::from_ref(self)).expect("one number has no axis")
            }

            fn of(values: ArrayViewD<'_, $number>) -> Self {
                values[[]]
            }
        }
    )* };
}

numbers! { f32 f64 bool u8 u16 u32 u64 usize i8 i16 i32 i64 isize }
