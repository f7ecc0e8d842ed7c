//! The element types a model can compute in: `f32`, and `f64` for checks and for sensitive work.

use ndarray::NdFloat;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A floating-point element: `f32` or `f64`.
///
/// Sealed: kernels are compiled for these two types inside this crate, optimised even where the crate that writes the
/// model is built without optimisation.
pub trait Real: NdFloat + Default + sealed::Sealed {
    /// The name that files and messages use: `f32` or `f64`.
    const NAME: &'static str;

    /// The nearest value to `x`.
    fn of(x: f64) -> Self;

    /// This value in double precision, exactly.
    fn wide(self) -> f64;
}

impl Real for f32 {
    const NAME: &'static str = "f32";

    fn of(x: f64) -> f32 {
        x as f32
    }

    fn wide(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    const NAME: &'static str = "f64";

    fn of(x: f64) -> f64 {
        x
    }

    fn wide(self) -> f64 {
        self
    }
}
