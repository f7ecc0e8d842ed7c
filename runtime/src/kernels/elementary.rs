//! Exponentials and their kin, without branches, so that a loop over a slice becomes vector instructions.
//!
//! In single precision they are polynomials, good to about 3e-7; in double precision, those of the standard library.

pub(super) mod single;

use super::level::multiply_add;
use single::{Lane, Power, ROUND};

/// The functions that activations are made of. NaN gives NaN.
pub trait Elementary: Sized {
    /// e to the power of `self`; infinity and 0 where it leaves the range.
    fn exponential<const FMA: bool>(self) -> Self;

    /// e to the power of `self`, less 1, accurate near 0; for `self` of at most 80.
    fn exponential_m1<const FMA: bool>(self) -> Self;

    /// 1 / (1 + e to the power of -`self`).
    fn logistic<const FMA: bool>(self) -> Self;

    /// The hyperbolic tangent of `self`.
    fn hyperbolic_tangent<const FMA: bool>(self) -> Self;

    /// The logarithm of 1 + `self`, for `self` from 0 to 1.
    fn logarithm_1p<const FMA: bool>(self) -> Self;

    /// The logarithm of a normal number above 0.
    fn logarithm<const FMA: bool>(self) -> Self;

    /// The share of the standard normal distribution below `self`.
    fn normal_share<const FMA: bool>(self) -> Self;
}

/// The value at `x` of the polynomial with these coefficients, the highest first.
#[inline(always)]
fn polynomial<const FMA: bool, const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = 0.0;
    for coefficient in coefficients {
        sum = multiply_add::<FMA, f32>(sum, x, coefficient);
    }
    sum
}

/// 2 to the power of `n`, for normal results.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}

/// `x` within the limits; NaN stays.
#[inline(always)]
fn clamped(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

impl Elementary for f32 {
    #[inline(always)]
    fn exponential<const FMA: bool>(self) -> f32 {
        // SAFETY: every processor has a register of one number.
        let Power { rounded, u, q } = unsafe { single::power::<_, 1>(Lane::<FMA>(clamped(self, -104.0, 89.0))) };
        let n = rounded.0.to_bits() as i32 - ROUND.to_bits() as i32;
        // In two steps: 2^n itself may be beyond the range.
        let half = n >> 1;
        multiply_add::<FMA, f32>(u.0, q.0, 1.0) * power_of_two(half) * power_of_two(n.wrapping_sub(half))
    }

    #[inline(always)]
    fn exponential_m1<const FMA: bool>(self) -> f32 {
        // SAFETY: every processor has a register of one number.
        unsafe { single::small_exponential_m1(Lane::<FMA>(clamped(self, -single::NOTHING, 80.0))).0 }
    }

    #[inline(always)]
    fn logistic<const FMA: bool>(self) -> f32 {
        // SAFETY: every processor has a register of one number.
        let share = unsafe { single::logistic(Lane::<FMA>(self)).0 };
        // What is left there is less than 2e-38.
        if self < single::LEAST { 0.0 } else { share }
    }

    #[inline(always)]
    fn hyperbolic_tangent<const FMA: bool>(self) -> f32 {
        // SAFETY: every processor has a register of one number.
        unsafe { single::hyperbolic_tangent(Lane::<FMA>(self)).0 }
    }

    #[inline(always)]
    fn logarithm_1p<const FMA: bool>(self) -> f32 {
        // 2 artanh(z), with z at most 1/3
        let z = self / (2.0 + self);
        let series = [2.0 / 15.0, 2.0 / 13.0, 2.0 / 11.0, 2.0 / 9.0, 2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0, 2.0];
        z * polynomial::<FMA, 8>(z * z, series)
    }

    #[inline(always)]
    fn logarithm<const FMA: bool>(self) -> f32 {
        // ln 2 in two parts, of which whole multiples of the first are exact.
        const PARTS: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
        // A power of 2 times a number from the root of a half to that of 2.
        let bits = self.to_bits();
        let n = (bits as i32).wrapping_sub(std::f32::consts::FRAC_1_SQRT_2.to_bits() as i32) >> 23;
        let rest = f32::from_bits(bits.wrapping_sub((n << 23) as u32)) - 1.0;
        // 2 artanh(z), with z at most 0.172
        let z = rest / (2.0 + rest);
        let series = polynomial::<FMA, 5>(z * z, [2.0 / 11.0, 2.0 / 9.0, 2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0]);
        let n = n as f32;
        let small = multiply_add::<FMA, f32>(n, PARTS[1], z * (z * z) * series);
        let sum = n * PARTS[0] + (2.0 * z + small);
        if self.is_nan() { self } else { sum }
    }

    #[inline(always)]
    fn normal_share<const FMA: bool>(self) -> f32 {
        // erfc by a Chebyshev fit, to 1.2e-7 of its value: W. H. Press and others, Numerical Recipes, chapter 6.2
        let z = self.abs() * std::f32::consts::FRAC_1_SQRT_2;
        let t = 1.0 / multiply_add::<FMA, f32>(0.5, z, 1.0);
        let fit = [
            0.170_872_77,
            -0.822_152_23,
            1.488_515_9,
            -1.135_203_98,
            0.278_868_07,
            -0.186_288_06,
            0.096_784_18,
            0.374_091_96,
            1.000_023_68,
            -1.265_512_23,
        ];
        let tail = 0.5 * t * (polynomial::<FMA, 10>(t, fit) - z * z).exponential::<FMA>();
        if self > 0.0 { 1.0 - tail } else { tail }
    }
}

impl Elementary for f64 {
    #[inline(always)]
    fn exponential<const FMA: bool>(self) -> f64 {
        self.exp()
    }

    #[inline(always)]
    fn exponential_m1<const FMA: bool>(self) -> f64 {
        self.exp_m1()
    }

    #[inline(always)]
    fn logistic<const FMA: bool>(self) -> f64 {
        1.0 / (1.0 + (-self).exp())
    }

    #[inline(always)]
    fn hyperbolic_tangent<const FMA: bool>(self) -> f64 {
        let power = (2.0 * self.clamp(-20.0, 20.0)).exp_m1();
        power / (power + 2.0)
    }

    #[inline(always)]
    fn logarithm_1p<const FMA: bool>(self) -> f64 {
        self.ln_1p()
    }

    #[inline(always)]
    fn logarithm<const FMA: bool>(self) -> f64 {
        self.ln()
    }

    fn normal_share<const FMA: bool>(self) -> f64 {
        if self.is_nan() {
            return self;
        }
        let z = self.abs();
        let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        if z > 3.0 {
            // The share beyond z is φ(z) / (z + 1/(z + 2/(z + 3/(z + ..)))).
            let fraction = (1..80).rev().fold(z, |fraction, numerator| z + f64::from(numerator) / fraction);
            let tail = density / fraction;
            return if self > 0.0 { 1.0 - tail } else { tail };
        }
        // The share from 0 to z is φ(z) (z + z³/3 + z⁵/15 + ..).
        let (mut term, mut sum, mut odd) = (z, z, 1.0);
        while term > sum * 1e-17 {
            odd += 2.0;
            term *= z * z / odd;
            sum += term;
        }
        0.5 + (density * sum).copysign(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics unless `actual` is within `tolerance` of `expected`, relative to it, or both are tiny.
    #[track_caller]
    fn check(name: &str, x: f32, actual: f32, expected: f64, tolerance: f64) {
        let error = (f64::from(actual) - expected).abs();
        assert!(error <= tolerance * expected.abs() + 1e-44, "{name}({x}): {actual}, not {expected}");
    }

    fn sweep<const FMA: bool>() {
        for step in -104_000..89_000 {
            let x = step as f32 / 1000.0;
            let wide = f64::from(x);
            if wide.exp() < f64::from(f32::MAX) {
                check("exp", x, x.exponential::<FMA>(), wide.exp(), 2e-7);
            }
            if x <= 80.0 {
                check("exp_m1", x, x.exponential_m1::<FMA>(), wide.exp_m1(), 3e-7);
            }
            if x.abs() <= 80.0 {
                check("tanh", x, x.hyperbolic_tangent::<FMA>(), wide.tanh(), 4e-7);
                check("logistic", x, x.logistic::<FMA>(), wide.logistic::<FMA>(), 3e-7);
            }
            let unit = (wide / 200.0).abs().min(1.0);
            check("ln_1p", unit as f32, (unit as f32).logarithm_1p::<FMA>(), f64::from(unit as f32).ln_1p(), 3e-7);
            if x.abs() <= 87.0 {
                let power = x.exponential::<FMA>();
                check("ln", power, power.logarithm::<FMA>(), f64::from(power).ln(), 2e-7);
            }
            if x.abs() < 5.0 {
                check("normal share", x, x.normal_share::<FMA>(), wide.normal_share::<FMA>(), 3e-6);
                let error = f64::from(x.normal_share::<FMA>()) - wide.normal_share::<FMA>();
                assert!(error.abs() < 2e-7, "normal share of {x}: off by {error}");
            }
        }
    }

    #[test]
    fn single_precision_follows_double() {
        sweep::<false>();
        sweep::<true>();
    }

    #[test]
    fn limits() {
        for x in [89.0, 1e30, f32::INFINITY] {
            assert_eq!(x.exponential::<false>(), f32::INFINITY);
            assert_eq!((-x * 1.2).exponential::<false>(), 0.0);
            assert_eq!((-x).exponential_m1::<false>(), -1.0);
            assert_eq!((x.normal_share::<false>(), (-x).normal_share::<false>()), (1.0, 0.0));
        }
        assert_eq!((0_f32.exponential::<false>(), 0_f32.exponential_m1::<false>()), (1.0, 0.0));
        assert!(f32::NAN.exponential::<false>().is_nan() && f32::NAN.exponential_m1::<false>().is_nan());
        assert!((-f32::INFINITY).logistic::<false>() == 0.0 && f32::INFINITY.logistic::<false>() == 1.0);
        assert!(f32::NAN.hyperbolic_tangent::<false>().is_nan() && f32::NAN.logistic::<false>().is_nan());
        assert!(1_f32.logarithm::<false>() == 0.0 && f32::NAN.logarithm::<false>().is_nan());
        assert!(f32::NAN.logarithm_1p::<false>().is_nan() && f32::NAN.normal_share::<false>().is_nan());
        assert!(f64::NAN.normal_share::<false>().is_nan());
    }

    #[test]
    fn the_normal_distribution_in_double_precision() {
        // By the error function of the C library, or exact.
        for (x, expected) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-1.0, 0.158_655_253_931_457_05),
            (2.999_999, 0.998_650_097_536_514_8),
            (-3.5, 2.326_290_790_355_250_5e-4),
            (-10.0, 7.619_853_024_160_526e-24),
        ] {
            let share: f64 = f64::normal_share::<false>(x);
            assert!((share - expected).abs() <= 2e-14 * expected, "{x}: {share}");
        }
    }
}
