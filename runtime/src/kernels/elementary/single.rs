//! Exponentials in single precision, for one number or a register of them.

use super::super::Vector;
use super::super::level::multiply_add;

/// Adding this number rounds to a whole one, which is then in the lowest bits.
pub(super) const ROUND: f32 = 12_582_912.0;

/// What the formulas need of a register besides sums and products.
///
/// # Safety
/// Of all functions: the processor has the register.
pub(in crate::kernels) trait Single: Vector<Element = f32> {
    /// `self / divisor`, for divisors from 1 to 1e38.
    unsafe fn over(self, divisor: Self) -> Self;

    /// `self` within the limits; NaN stays.
    unsafe fn within(self, low: f32, high: f32) -> Self;

    /// 2 to the power of `n`, for normal results, of [`ROUND`]` + n`.
    unsafe fn power_of_two(self) -> Self;
}

/// `e^x = 2^n e^r` with a whole `n` and `r` at most `ln 2 / 2` from 0: gives [`ROUND`]` + n` and `e^r - 1`.
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(super) unsafe fn reduced<S: Single>(x: S) -> (S, S) {
    // SAFETY: the caller answers for the register.
    unsafe {
        let rounded = x.multiply_add(S::splat(std::f32::consts::LOG2_E), S::splat(ROUND));
        let n = rounded.subtract(S::splat(ROUND));
        // ln 2 in two parts: the first is short, so that its product with n is exact.
        let r = n.multiply_add(S::splat(-0.693_359_4), x);
        let r = n.multiply_add(S::splat(2.121_944_4e-4), r);
        // Taylor's series; the rest is below 6e-9. Pairs of terms do not wait for one another.
        let square = r.multiply(r);
        let pair = |high: f32, low: f32| r.multiply_add(S::splat(high), S::splat(low));
        let tail = pair(1.0 / 5040.0, 1.0 / 720.0).multiply_add(square, pair(1.0 / 120.0, 1.0 / 24.0));
        let tail = tail.multiply_add(square, pair(1.0 / 6.0, 0.5));
        (rounded, square.multiply_add(tail, r))
    }
}

/// `e^x - 1`, accurate near 0, for `x` from -87 to 80.
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(super) unsafe fn small_exponential_m1<S: Single>(x: S) -> S {
    // SAFETY: the caller answers for the register.
    unsafe {
        let (rounded, less_one) = reduced(x);
        let scale = rounded.power_of_two();
        scale.multiply_add(less_one, scale.subtract(S::splat(1.0)))
    }
}

/// `1 / (1 + e^-x)`, to 2e-38 of it below [`LEAST`].
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(in crate::kernels) unsafe fn logistic<S: Single>(x: S) -> S {
    // SAFETY: the caller answers for the register.
    unsafe {
        let one = S::splat(1.0);
        let (rounded, less_one) = reduced(S::splat(0.0).subtract(x).within(LEAST, -LEAST));
        let scale = rounded.power_of_two();
        one.over(one.add(scale.multiply_add(less_one, scale)))
    }
}

/// From here on [`logistic`] no longer falls.
pub(super) const LEAST: f32 = -87.0;

/// `(e^2x - 1) / (e^2x + 1)`, accurate near 0.
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(in crate::kernels) unsafe fn hyperbolic_tangent<S: Single>(x: S) -> S {
    // SAFETY: the caller answers for the register.
    unsafe {
        let x = x.within(-20.0, 20.0);
        let power = small_exponential_m1(x.add(x));
        power.over(power.add(S::splat(2.0)))
    }
}

/// One number as a register.
#[derive(Clone, Copy)]
pub(super) struct Lane<const FMA: bool>(pub f32);

impl<const FMA: bool> Vector for Lane<FMA> {
    type Element = f32;
    const LANES: usize = 1;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Lane(value)
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the element may be read.
        Lane(unsafe { *from })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the element may be written.
        unsafe { *to = self.0 }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self {
        Lane(multiply_add::<FMA, f32>(self.0, factor.0, sum.0))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Lane(self.0 + other.0)
    }

    #[inline(always)]
    unsafe fn subtract(self, other: Self) -> Self {
        Lane(self.0 - other.0)
    }

    #[inline(always)]
    unsafe fn multiply(self, other: Self) -> Self {
        Lane(self.0 * other.0)
    }

    #[inline(always)]
    unsafe fn minus_over_root(self, step: Self, square: Self, sum: Self) -> Self {
        Lane(self.0 - step.0 / (square.0.sqrt() + sum.0))
    }

    #[inline(always)]
    unsafe fn unless_below(self, least: Self) -> Self {
        Lane(if self.0.abs() < least.0 { 0.0 } else { self.0 })
    }

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        Lane(if (self.0 > other.0) | self.0.is_nan() { self.0 } else { other.0 })
    }
}

impl<const FMA: bool> Single for Lane<FMA> {
    #[inline(always)]
    unsafe fn over(self, divisor: Self) -> Self {
        Lane(self.0 / divisor.0)
    }

    #[inline(always)]
    unsafe fn within(self, low: f32, high: f32) -> Self {
        let x = if self.0 < low { low } else { self.0 };
        Lane(if x > high { high } else { x })
    }

    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        Lane(f32::from_bits((self.0.to_bits() << 23).wrapping_add(127 << 23)))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Single;
    use crate::kernels::Vector;

    macro_rules! single {
        ($Register:ty, $max:path, $min:path, $cast:path, $shift:ident, $sum:path, $set:path, $back:path,
         |$a:ident, $b:ident| $over:expr) => {
            impl Single for $Register {
                #[inline(always)]
                unsafe fn over(self, divisor: Self) -> Self {
                    let ($a, $b) = (self, divisor);
                    // SAFETY: the processor has the register.
                    unsafe { $over }
                }

                #[inline(always)]
                unsafe fn within(self, low: f32, high: f32) -> Self {
                    // SAFETY: the processor has the register; these give the second operand if one is NaN.
                    unsafe { $min(Self::splat(high), $max(Self::splat(low), self)) }
                }

                #[inline(always)]
                unsafe fn power_of_two(self) -> Self {
                    // SAFETY: the processor has the register.
                    unsafe { $back($sum($shift::<23>($cast(self)), $set(127 << 23))) }
                }
            }
        };
    }

    single!(
        __m128,
        _mm_max_ps,
        _mm_min_ps,
        _mm_castps_si128,
        _mm_slli_epi32,
        _mm_add_epi32,
        _mm_set1_epi32,
        _mm_castsi128_ps,
        |a, b| _mm_div_ps(a, b)
    );
    single!(
        __m256,
        _mm256_max_ps,
        _mm256_min_ps,
        _mm256_castps_si256,
        _mm256_slli_epi32,
        _mm256_add_epi32,
        _mm256_set1_epi32,
        _mm256_castsi256_ps,
        |a, b| _mm256_div_ps(a, b)
    );
    single!(
        __m512,
        _mm512_max_ps,
        _mm512_min_ps,
        _mm512_castps_si512,
        _mm512_slli_epi32,
        _mm512_add_epi32,
        _mm512_set1_epi32,
        _mm512_castsi512_ps,
        |a, b| {
            // A step of Newton's doubles the 14 bits of the approximation, and takes less than a division.
            let guess = _mm512_rcp14_ps(b);
            let error = _mm512_fnmadd_ps(b, guess, Self::splat(1.0));
            _mm512_mul_ps(a, _mm512_fmadd_ps(guess, error, guess))
        }
    );
}

#[cfg(target_arch = "aarch64")]
impl Single for std::arch::aarch64::float32x4_t {
    #[inline(always)]
    unsafe fn over(self, divisor: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe { std::arch::aarch64::vdivq_f32(self, divisor) }
    }

    #[inline(always)]
    unsafe fn within(self, low: f32, high: f32) -> Self {
        use std::arch::aarch64::{vmaxq_f32, vminq_f32};
        // SAFETY: the processor has the register; both keep NaN.
        unsafe { vminq_f32(Self::splat(high), vmaxq_f32(Self::splat(low), self)) }
    }

    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        use std::arch::aarch64::*;
        // SAFETY: the processor has the register.
        unsafe {
            let shifted = vshlq_n_s32::<23>(vreinterpretq_s32_f32(self));
            vreinterpretq_f32_s32(vaddq_s32(shifted, vdupq_n_s32(127 << 23)))
        }
    }
}
