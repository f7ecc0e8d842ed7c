//! Numbers in an array, where nothing is known of the processor.

use super::Vector;
use crate::Real;

impl<T: Real, const N: usize> Vector for [T; N] {
    type Element = T;
    const LANES: usize = N;

    #[inline(always)]
    unsafe fn splat(value: T) -> Self {
        [value; N]
    }

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the elements may be read.
        unsafe { from.cast::<Self>().read() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the elements may be written.
        unsafe { to.cast::<Self>().write(self) }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self {
        std::array::from_fn(|lane| self[lane] * factor[lane] + sum[lane])
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] + other[lane])
    }

    #[inline(always)]
    unsafe fn subtract(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] - other[lane])
    }

    #[inline(always)]
    unsafe fn multiply(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] * other[lane])
    }

    #[inline(always)]
    unsafe fn minus_over_root(self, step: Self, square: Self, sum: Self) -> Self {
        std::array::from_fn(|lane| self[lane] - step[lane] / (square[lane].sqrt() + sum[lane]))
    }

    #[inline(always)]
    unsafe fn unless_below(self, least: Self) -> Self {
        std::array::from_fn(|lane| if self[lane].abs() < least[lane] { T::zero() } else { self[lane] })
    }

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        std::array::from_fn(|lane| {
            let (a, b) = (self[lane], other[lane]);
            if (a > b) | a.is_nan() { a } else { b }
        })
    }
}
