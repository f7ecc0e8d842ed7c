//! The element types a model can compute in: `f32`, and `f64` for checks and for sensitive work.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::NdFloat;

use crate::Threads;
use crate::data::{AnyArray, Element};
use crate::kernel::{Compiled, Kernel};
use crate::kernels::Routine;
use crate::model::Source;

mod sealed {
    pub trait Sealed: crate::kernels::Elementary + crate::kernels::Registers {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A floating-point element: `f32` or `f64`.
///
/// Sealed: kernels are compiled for these two types inside this crate, optimised even where the crate that writes the
/// model is built without optimisation.
#[diagnostic::on_unimplemented(
    message = "a model computes in `f32` or `f64`, not in `{Self}`",
    label = "neither `f32` nor `f64`"
)]
pub trait Real: NdFloat + Default + Element + sealed::Sealed {
    /// The name that files and messages use: `f32` or `f64`.
    const NAME: &'static str;

    /// The nearest value to `x`.
    fn of(x: f64) -> Self;

    /// This value in double precision, exactly.
    fn wide(self) -> f64;

    /// Where the first NaN or infinity is.
    fn first_non_finite(data: &[Self]) -> Option<usize> {
        Self::first_beyond(data, Self::max_value())
    }

    /// Where the first number is whose size exceeds `most`, or that is NaN.
    #[doc(hidden)]
    fn first_beyond(data: &[Self], most: Self) -> Option<usize>;

    /// The bytes of `data`, little-endian.
    #[doc(hidden)]
    fn to_bytes(data: &[Self]) -> Vec<u8>;

    /// The numbers that [`to_bytes`](Real::to_bytes) made these bytes of.
    #[doc(hidden)]
    fn from_bytes(bytes: &[u8], data: &mut [Self]);

    /// An array as a model of this type reads it, unless it holds other numbers.
    #[doc(hidden)]
    fn source(array: &dyn AnyArray) -> Option<Source<'_, Self>>;

    /// The kernel of a built-in layer for this type.
    #[doc(hidden)]
    fn kernel<L: Compiled>(layer: &L) -> &dyn Kernel<Self>;
}

/// Looks at whole blocks, which takes vector instructions, and for the place in the first bad block only.
fn first_beyond<T: Real>(data: &[T], most: T) -> Option<usize> {
    /// Numbers that are worth a task of their own.
    const LEAST: usize = 1 << 14;
    let threads = Threads::global();
    let first = AtomicUsize::new(usize::MAX);
    let chunk = data.len().div_ceil(threads.tasks(data.len(), LEAST)).max(1);
    threads.run(data.len().div_ceil(chunk), &|index| {
        let start = index * chunk;
        if let Some(place) = threads.level().run(Beyond { data: &data[start..data.len().min(start + chunk)], most }) {
            first.fetch_min(start + place, Ordering::Relaxed);
        }
    });
    Some(first.into_inner()).filter(|place| *place < data.len())
}

struct Beyond<'a, T> {
    data: &'a [T],
    most: T,
}

impl<T: Real> Routine for Beyond<'_, T> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> Option<usize> {
        const BLOCK: usize = 1 << 10;
        let is_fine = |block: &[T]| block.iter().fold(true, |fine, x| fine & (x.abs() <= self.most));
        let bad = self.data.chunks(BLOCK).position(|block| !is_fine(block))? * BLOCK;
        self.data[bad..].iter().position(|x| !is_fine(std::slice::from_ref(x))).map(|place| bad + place)
    }
}

impl Real for f32 {
    const NAME: &'static str = "f32";

    #[inline]
    fn of(x: f64) -> f32 {
        x as f32
    }

    #[inline]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    fn first_beyond(data: &[f32], most: f32) -> Option<usize> {
        first_beyond(data, most)
    }

    fn source(array: &dyn AnyArray) -> Option<Source<'_, f32>> {
        array.single()
    }

    fn kernel<L: Compiled>(layer: &L) -> &dyn Kernel<f32> {
        layer.single()
    }

    fn to_bytes(data: &[f32]) -> Vec<u8> {
        data.iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    fn from_bytes(bytes: &[u8], data: &mut [f32]) {
        let numbers = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        data.iter_mut().zip(numbers).for_each(|(x, number)| *x = number);
    }
}

impl Real for f64 {
    const NAME: &'static str = "f64";

    #[inline]
    fn of(x: f64) -> f64 {
        x
    }

    #[inline]
    fn wide(self) -> f64 {
        self
    }

    fn first_beyond(data: &[f64], most: f64) -> Option<usize> {
        first_beyond(data, most)
    }

    fn source(array: &dyn AnyArray) -> Option<Source<'_, f64>> {
        array.double()
    }

    fn kernel<L: Compiled>(layer: &L) -> &dyn Kernel<f64> {
        layer.double()
    }

    fn to_bytes(data: &[f64]) -> Vec<u8> {
        data.iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    fn from_bytes(bytes: &[u8], data: &mut [f64]) {
        let numbers = bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
        data.iter_mut().zip(numbers).for_each(|(x, number)| *x = number);
    }
}
