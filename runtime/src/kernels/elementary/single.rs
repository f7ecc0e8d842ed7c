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

/// `e^(kx)` as `2^n (1 + u q)`.
#[derive(Clone, Copy)]
pub(super) struct Power<S> {
    /// [`ROUND`]` + n`
    pub rounded: S,
    /// What is left of x: at most `ln 2 / 2|k|` from 0.
    pub u: S,
    pub q: S,
}

/// The `K` of `e^(Kx)`, with what follows from it.
pub(super) struct Factor<const K: i32>;

impl<const K: i32> Factor<K> {
    const WHOLE: f32 = K as f32;
    const LOG2_E: f32 = std::f32::consts::LOG2_E * Self::WHOLE;
    /// ln 2 in two parts: the first is short, so that its product with n is exact.
    const LN_2: [f32; 2] = [0.693_359_4 / Self::WHOLE, -2.121_944_4e-4 / Self::WHOLE];
    /// `(e^(Ku) - 1) / u` by the powers of u: those of Taylor's series of the power up to the seventh, of which the last, by
    /// Chebyshev's polynomial, is spread over others. What is missing of the power is below 3e-8.
    const SERIES: [f32; 6] = {
        let square = std::f64::consts::LN_2 * std::f64::consts::LN_2 / 4.0;
        let taylor = [
            1.0,
            1.0 / 2.0,
            1.0 / 6.0 - square * square * (56.0 / 64.0 / 5040.0),
            1.0 / 24.0,
            1.0 / 120.0 + square * (112.0 / 64.0 / 5040.0),
            1.0 / 720.0,
        ];
        let (mut series, mut power, mut place) = ([0.0; 6], 1.0, 0);
        while place < 6 {
            power *= K as f64;
            series[place] = (taylor[place] * power) as f32;
            place += 1;
        }
        series
    };
}

/// `e^(Kx)` in parts, for `Kx` from -104 to 89.
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(super) unsafe fn power<S: Single, const K: i32>(x: S) -> Power<S> {
    // SAFETY: the caller answers for the register.
    unsafe {
        let rounded = x.multiply_add(S::splat(Factor::<K>::LOG2_E), S::splat(ROUND));
        let n = rounded.subtract(S::splat(ROUND));
        let [most, rest] = Factor::<K>::LN_2;
        let u = n.multiply_add(S::splat(-most), x);
        let u = n.multiply_add(S::splat(-rest), u);
        // Pairs of terms do not wait for one another.
        let square = u.multiply(u);
        let [c0, c1, c2, c3, c4, c5] = Factor::<K>::SERIES;
        let first = u.multiply_add(S::splat(c1), S::splat(c0));
        let second = u.multiply_add(S::splat(c3), S::splat(c2));
        let third = u.multiply_add(S::splat(c5), S::splat(c4));
        let q = third.multiply_add(square, second).multiply_add(square, first);
        Power { rounded, u, q }
    }
}

impl<S: Single> Power<S> {
    /// The power plus a number, which waits for the series alone. For powers far above the least normal number: the product of
    /// one near it with `u` takes many times as long.
    ///
    /// # Safety
    /// The processor has the register.
    #[inline(always)]
    unsafe fn plus(self, number: f32) -> S {
        // SAFETY: the caller answers for the register.
        unsafe {
            let scale = self.rounded.power_of_two();
            scale.multiply(self.u).multiply_add(self.q, scale.add(S::splat(number)))
        }
    }
}

/// `e^x - 1`, accurate near 0, for `x` from `-`[`NOTHING`] to 80.
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(super) unsafe fn small_exponential_m1<S: Single>(x: S) -> S {
    // SAFETY: the caller answers for the register.
    unsafe { power::<S, 1>(x).plus(-1.0) }
}

/// `1 / (1 + e^-x)`, to 2e-38 of it below [`LEAST`].
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(in crate::kernels) unsafe fn logistic<S: Single>(x: S) -> S {
    // SAFETY: the caller answers for the register.
    unsafe { S::splat(1.0).over(power::<S, -1>(x.within(LEAST, NOTHING)).plus(1.0)) }
}

/// From here on `e^-x` is nothing beside 1.
pub(super) const NOTHING: f32 = 40.0;

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
        let power = power::<S, 2>(x.within(-20.0, 20.0));
        power.plus(-1.0).over(power.plus(1.0))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is computed of a power.
    fn products<const K: i32>(x: f32, low: f32, high: f32) -> [f32; 2] {
        // SAFETY: every processor has a register of one number.
        unsafe {
            let Power { rounded, u, .. } = power::<Lane<true>, K>(Lane(x).within(low, high));
            let scale = rounded.power_of_two();
            [scale.0, scale.multiply(u).0]
        }
    }

    #[test]
    fn no_number_is_subnormal_on_the_way() {
        for step in -120_000..120_000 {
            let x = step as f32 / 1000.0;
            let logistic = products::<-1>(x, LEAST, NOTHING);
            let others = [products::<1>(x, -NOTHING, 80.0), products::<2>(x, -20.0, 20.0)];
            for product in logistic.into_iter().chain(others.into_iter().flatten()) {
                assert!(!product.is_subnormal(), "{product:e} for {x}");
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{ROUND, Single};
    use crate::kernels::Vector;

    macro_rules! single {
        ($Register:ty, $max:path, $min:path, |$rounded:ident| $power:expr, |$a:ident, $b:ident| $over:expr) => {
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
                    let $rounded = self;
                    // SAFETY: the processor has the register.
                    unsafe { $power }
                }
            }
        };
    }

    single!(
        __m128,
        _mm_max_ps,
        _mm_min_ps,
        |rounded| {
            let shifted = _mm_slli_epi32::<23>(_mm_castps_si128(rounded));
            _mm_castsi128_ps(_mm_add_epi32(shifted, _mm_set1_epi32(127 << 23)))
        },
        |a, b| _mm_div_ps(a, b)
    );
    single!(
        __m256,
        _mm256_max_ps,
        _mm256_min_ps,
        |rounded| {
            let shifted = _mm256_slli_epi32::<23>(_mm256_castps_si256(rounded));
            _mm256_castsi256_ps(_mm256_add_epi32(shifted, _mm256_set1_epi32(127 << 23)))
        },
        |a, b| _mm256_div_ps(a, b)
    );
    single!(
        __m512,
        _mm512_max_ps,
        _mm512_min_ps,
        |rounded| _mm512_scalef_ps(Self::splat(1.0), rounded.subtract(Self::splat(ROUND))),
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
