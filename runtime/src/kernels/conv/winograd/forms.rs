//! The matrices of Winograd's algorithm, applied to one row or column of a square of vectors.

use crate::Real;
use crate::kernels::Vector;

/// How many outputs a square has along a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Two,
    Four,
}

impl Form {
    /// Outputs along a side.
    pub fn side(self) -> usize {
        match self {
            Form::Two => 2,
            Form::Four => 4,
        }
    }

    /// Products of a square.
    pub fn points(self) -> usize {
        (self.side() + 2) * (self.side() + 2)
    }
}

/// `$a + $factor * $b`
macro_rules! fused {
    ($a:expr, $factor:expr, $b:expr) => {
        $b.multiply_add(V::splat(V::Element::of($factor)), $a)
    };
}

/// `Bᵀ d`
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(super) unsafe fn input<V: Vector, const N: usize>(d: [V; N]) -> [V; N]
where
    V::Element: Real,
{
    let mut r = d;
    // SAFETY: the caller answers for the register.
    unsafe {
        if N == 4 {
            r[0] = d[0].subtract(d[2]);
            r[1] = d[1].add(d[2]);
            r[2] = d[2].subtract(d[1]);
            r[3] = d[1].subtract(d[3]);
        } else {
            let (a, b) = (fused!(d[4], -4.0, d[2]), fused!(d[3], -4.0, d[1]));
            let (c, e) = (d[4].subtract(d[2]), d[3].subtract(d[1]));
            r[0] = fused!(fused!(d[4], -5.0, d[2]), 4.0, d[0]);
            r[1] = a.add(b);
            r[2] = a.subtract(b);
            r[3] = fused!(c, 2.0, e);
            r[4] = fused!(c, -2.0, e);
            r[5] = fused!(fused!(d[5], -5.0, d[3]), 4.0, d[1]);
        }
    }
    r
}

/// `Aᵀ m`
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(super) unsafe fn output<V: Vector, const N: usize, const O: usize>(m: [V; N]) -> [V; O]
where
    V::Element: Real,
{
    let mut r = [m[0]; O];
    // SAFETY: the caller answers for the register.
    unsafe {
        if O == 2 {
            r[0] = m[0].add(m[1]).add(m[2]);
            r[1] = m[1].subtract(m[2]).subtract(m[3]);
        } else {
            let (p, q) = (m[1].add(m[2]), m[1].subtract(m[2]));
            let (s, t) = (m[3].add(m[4]), m[3].subtract(m[4]));
            r[0] = m[0].add(p).add(s);
            r[1] = fused!(q, 2.0, t);
            r[2] = fused!(p, 4.0, s);
            r[3] = fused!(q, 8.0, t).add(m[5]);
        }
    }
    r
}

/// `A y`
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(super) unsafe fn gradient<V: Vector, const N: usize, const O: usize>(y: [V; O]) -> [V; N]
where
    V::Element: Real,
{
    let mut r = [y[0]; N];
    // SAFETY: the caller answers for the register.
    unsafe {
        if O == 2 {
            r[1] = y[0].add(y[1]);
            r[2] = y[0].subtract(y[1]);
            r[3] = V::splat(V::Element::default()).subtract(y[1]);
        } else {
            let (even, odd) = (y[0].add(y[2]), y[1].add(y[3]));
            r[1] = even.add(odd);
            r[2] = even.subtract(odd);
            let (even, odd) = (fused!(y[0], 4.0, y[2]), fused!(y[1], 4.0, y[3]));
            r[3] = fused!(even, 2.0, odd);
            r[4] = fused!(even, -2.0, odd);
            r[5] = y[3];
        }
    }
    r
}

/// `G g`
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(super) unsafe fn weights<V: Vector, const N: usize>(g: [V; 3]) -> [V; N]
where
    V::Element: Real,
{
    let mut r = [g[0]; N];
    // SAFETY: the caller answers for the register.
    unsafe {
        let zero = V::splat(V::Element::default());
        if N == 4 {
            let (ends, middle) = (fused!(zero, 0.5, g[0].add(g[2])), fused!(zero, 0.5, g[1]));
            r[1] = ends.add(middle);
            r[2] = ends.subtract(middle);
            r[3] = g[2];
        } else {
            r[0] = fused!(zero, 0.25, g[0]);
            let (ends, middle) = (fused!(zero, -1.0 / 6.0, g[0].add(g[2])), fused!(zero, 1.0 / 6.0, g[1]));
            r[1] = ends.subtract(middle);
            r[2] = ends.add(middle);
            let ends = fused!(fused!(zero, 1.0 / 24.0, g[0]), 1.0 / 6.0, g[2]);
            r[3] = fused!(ends, 1.0 / 12.0, g[1]);
            r[4] = fused!(ends, -1.0 / 12.0, g[1]);
            r[5] = g[2];
        }
    }
    r
}

/// `Gᵀ u`
///
/// # Safety
/// The processor has the register.
#[inline(always)]
pub(super) unsafe fn gathered<V: Vector, const N: usize>(u: [V; N]) -> [V; 3]
where
    V::Element: Real,
{
    // SAFETY: the caller answers for the register.
    unsafe {
        let (sum, difference) = (u[1].add(u[2]), u[1].subtract(u[2]));
        if N == 4 {
            [fused!(u[0], 0.5, sum), fused!(V::splat(V::Element::default()), 0.5, difference), fused!(u[3], 0.5, sum)]
        } else {
            let (more, less) = (u[3].add(u[4]), u[3].subtract(u[4]));
            let zero = V::splat(V::Element::default());
            let outer = fused!(zero, -1.0 / 6.0, sum);
            let middle = fused!(zero, -1.0 / 6.0, difference);
            [
                fused!(fused!(outer, 0.25, u[0]), 1.0 / 24.0, more),
                fused!(middle, 1.0 / 12.0, less),
                fused!(outer, 1.0 / 6.0, more).add(u[5]),
            ]
        }
    }
}
