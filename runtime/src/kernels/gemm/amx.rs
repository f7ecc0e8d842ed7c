//! Products in single precision by tiles of 16 x 16 numbers, which the processor multiplies as a whole (Intel's AMX).
//!
//! The tiles take numbers of 16 bits with 8 significant ones (bfloat16) and add in single precision. Each operand is split exactly
//! into three such numbers, `x = x0 + x1 + x2`, each at most 2^-7 of the one before, and
//!
//! `a b = a0 b0 + a0 b1 + a1 b0 + a1 b1 + a0 b2 + a2 b0 + r`
//!
//! leaves out an `r` of at most 2^-21 of the product and of either sign, in the mean a fraction of what rounding loses in single
//! precision. Six products of tiles take half the time that vectors take for one, if the operands are large enough to be worth
//! splitting ([`is_worth`]). What is smaller than 2^-126, part of a number or of a product, counts as 0, so that all digits of
//! numbers and of products from 2^-102 on count; what is not finite makes the sums it is part of NaN. `a b` and `b a` may differ in
//! the last digit.

#[cfg(not(target_arch = "x86_64"))]
mod absent;
#[cfg(target_arch = "x86_64")]
mod multiplier;
#[cfg(target_arch = "x86_64")]
mod numbers;
#[cfg(target_arch = "x86_64")]
mod product;
#[cfg(target_arch = "x86_64")]
mod strips;
#[cfg(target_arch = "x86_64")]
mod unit;

#[cfg(not(target_arch = "x86_64"))]
pub(super) use absent::{is_available, pack_strip, product, product_of_strips};
#[cfg(target_arch = "x86_64")]
pub(super) use product::{pack_strip, product, product_of_strips};
#[cfg(target_arch = "x86_64")]
pub(super) use unit::is_available;

use super::Matrix;

/// Lines in a strip.
pub(super) const LINES: usize = 16;

/// Terms in a step.
pub(super) const DEPTH: usize = 32;

/// Numbers of 16 bits in a tile of an operand, and in the three tiles of a step.
const TILE: usize = LINES * DEPTH;
const STEP: usize = 3 * TILE;

/// Most terms that are taken in one go, whole steps of them.
const STRETCH: usize = 16 * DEPTH;

/// Numbers of a right operand that stay in the second-level cache with everything else.
const CACHED: usize = 1 << 17;

/// Numbers between strips, which would otherwise meet in the same places of the nearest cache.
const GAP: usize = 48;

/// Which operand of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// How the numbers of an operand come to its strips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// They are there, for many products.
    Kept,
    /// Side by side as a tile has them.
    Straight,
    /// Transposed.
    Across,
}

impl Way {
    /// That of a left operand.
    pub(crate) fn of_left<T>(matrix: &Matrix<T>) -> Way {
        if matrix.col_stride == 1 { Way::Straight } else { Way::Across }
    }

    /// That of patches as rows, of which so many terms lie side by side.
    pub(crate) fn of_runs(terms: usize) -> Way {
        if terms.is_multiple_of(DEPTH) { Way::Straight } else { Way::Across }
    }

    /// That of weights as a right operand, which stay as they are in predictions.
    pub(crate) fn of_weights(predicts: bool) -> Way {
        if predicts { Way::Kept } else { Way::Straight }
    }

    /// That of a right operand.
    pub(crate) fn of_right<T>(matrix: &Matrix<T>) -> Way {
        if matrix.col_stride == 1 { Way::Straight } else { Way::Across }
    }

    /// Tenths of a cycle to bring so many numbers there; more for each of many, which the second-level cache does not hold.
    fn cost(self, numbers: usize) -> usize {
        let each = if numbers > CACHED { 12 } else { 8 };
        match self {
            Way::Kept => 0,
            Way::Straight => each * numbers,
            Way::Across => (each + 10) * numbers,
        }
    }
}

/// Is a product faster by tiles? A model of both, in tenths of a cycle, from what was measured on processors of 2023 to 2025: vectors
/// multiply and add 28 times a cycle; groups of four tiles take 520 cycles a step, and 200 more in the end. That each task packs a right
/// operand for itself is left out, as tasks must not decide.
pub(super) fn is_worth([m, n, k]: [usize; 3], [left, right]: [Way; 2]) -> bool {
    if m < LINES || n < LINES || k < LINES {
        return false;
    }
    let vectors = m * n.next_multiple_of(LINES) * k / 28 * 10;
    let (lefts, rights) = if m <= LINES { (1, 4) } else { (2, 2) };
    let groups = m.div_ceil(lefts * LINES) * n.div_ceil(rights * LINES);
    let passes = if right == Way::Kept { 1 } else { n.div_ceil(together(k)) };
    let tiles = groups * (5200 * steps(k) + 2000) + passes * left.cost(m * k) + right.cost(n * k) + 6000;
    tiles + tiles / 5 < vectors
}

/// Columns of a right operand of so many terms that are packed together, to stay in the second-level cache while all rows pass over
/// them.
fn together(terms: usize) -> usize {
    (CACHED / terms.clamp(1, STRETCH)).next_multiple_of(LINES)
}

/// The steps of a strip of so many terms.
fn steps(terms: usize) -> usize {
    terms.div_ceil(DEPTH)
}

/// Where so many terms end in a strip, in numbers of single precision.
pub(super) fn strip_end(terms: usize) -> usize {
    steps(terms) * STEP / 2
}

/// Numbers of single precision in the room that a strip takes.
pub(super) fn strip_len(terms: usize) -> usize {
    strip_end(terms) + GAP
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
