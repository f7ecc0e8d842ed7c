//! What an array of a data set may hold.

use ndarray::{ArrayBase, Data, RemoveAxis};

use crate::Real;
use crate::model::Source;

/// The element of an array that a data set may hold: a number, an id, or a flag (of a mask).
pub trait Element: Copy + PartialEq + Send + Sync + 'static {
    /// The nearest value of this type to `value`.
    fn from_number(value: f64) -> Self;

    /// This value as a number.
    fn number(self) -> f64;

    /// Where the first NaN or infinity is.
    fn first_bad(data: &[Self]) -> Option<usize>;

    /// The array as a model of `f32` reads it, unless it holds other numbers.
    #[doc(hidden)]
    fn single<S: Data<Elem = Self> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Option<Source<'_, f32>>;

    /// The array as a model of `f64` reads it, unless it holds other numbers.
    #[doc(hidden)]
    fn double<S: Data<Elem = Self> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Option<Source<'_, f64>>;
}

impl Element for f32 {
    fn from_number(value: f64) -> f32 {
        value as f32
    }

    fn number(self) -> f64 {
        f64::from(self)
    }

    fn first_bad(data: &[f32]) -> Option<usize> {
        Self::first_non_finite(data)
    }

    fn single<S: Data<Elem = f32> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Option<Source<'_, f32>> {
        Some(Source::Numbers(array))
    }

    fn double<S: Data<Elem = f32> + Sync, D: RemoveAxis>(_: &ArrayBase<S, D>) -> Option<Source<'_, f64>> {
        None
    }
}

impl Element for f64 {
    fn from_number(value: f64) -> f64 {
        value
    }

    fn number(self) -> f64 {
        self
    }

    fn first_bad(data: &[f64]) -> Option<usize> {
        Self::first_non_finite(data)
    }

    fn single<S: Data<Elem = f64> + Sync, D: RemoveAxis>(_: &ArrayBase<S, D>) -> Option<Source<'_, f32>> {
        None
    }

    fn double<S: Data<Elem = f64> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Option<Source<'_, f64>> {
        Some(Source::Numbers(array))
    }
}

impl Element for bool {
    fn from_number(value: f64) -> bool {
        value != 0.0
    }

    fn number(self) -> f64 {
        f64::from(self)
    }

    fn first_bad(_: &[bool]) -> Option<usize> {
        None
    }

    fn single<S: Data<Elem = bool> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Option<Source<'_, f32>> {
        Some(Source::Numbers(array))
    }

    fn double<S: Data<Elem = bool> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Option<Source<'_, f64>> {
        Some(Source::Numbers(array))
    }
}

macro_rules! whole {
    ($($integer:ty)*) => { $(
        impl Element for $integer {
            fn from_number(value: f64) -> $integer {
                value as $integer
            }

            fn number(self) -> f64 {
                self as f64
            }

            fn first_bad(_: &[$integer]) -> Option<usize> {
                None
            }

            fn single<S: Data<Elem = $integer> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Option<Source<'_, f32>> {
                Some(Source::Ids(array))
            }

            fn double<S: Data<Elem = $integer> + Sync, D: RemoveAxis>(array: &ArrayBase<S, D>) -> Option<Source<'_, f64>> {
                Some(Source::Ids(array))
            }
        }
    )* };
}

whole! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }
