//! Shapes whose leading axes grow or shrink.

use crate::layer::ok;
use crate::{DYN, In, Msg, Outs, Rule, Shape, is_dynamic};

/// Axis `k` longer by both numbers of `sides[k]`.
pub(super) const fn padded(shape: &Shape, sides: &[[usize; 2]]) -> Shape {
    let mut padded = *shape;
    let mut k = 0;
    while k < sides.len() {
        padded = padded.with(k, longer(shape.dim(k), sides[k]));
        k += 1;
    }
    padded
}

/// An axis with so many places more before and after it; a dynamic one stays what it is only with none.
pub(super) const fn longer(dim: usize, [before, after]: [usize; 2]) -> usize {
    if before == 0 && after == 0 {
        dim
    } else if is_dynamic(dim) {
        DYN
    } else {
        dim.saturating_add(before).saturating_add(after)
    }
}

/// Axis `k` shorter by both numbers of `sides[k]`.
pub(super) const fn cropped(layer: &str, input: &In, sides: &[[usize; 2]]) -> Rule {
    let mut shape = input.shape;
    let mut k = 0;
    while k < sides.len() {
        shape = shape.with(k, ok!(rest(layer, input, k, sides[k][0], sides[k][1])));
        k += 1;
    }
    Ok(Outs::one(shape))
}

const fn rest(layer: &str, input: &In, axis: usize, before: usize, after: usize) -> Result<usize, Msg> {
    let n = input.shape.dim(axis);
    if before + after == 0 {
        Ok(n)
    } else if is_dynamic(n) {
        Ok(DYN)
    } else if before + after < n {
        Ok(n - before - after)
    } else {
        Err(Msg::new(layer)
            .text(" cuts ")
            .number(before)
            .text(" + ")
            .number(after)
            .text(" places off axis ")
            .number(axis + 1)
            .text(", but ")
            .input(input)
            .hint("leave at least one place: crop less, or drop the layer"))
    }
}

/// Axis `k` `sizes[k]` times as long.
pub(super) const fn enlarged(shape: &Shape, sizes: &[usize]) -> Shape {
    let mut large = *shape;
    let mut k = 0;
    while k < sizes.len() {
        large = large.with(k, times(shape.dim(k), sizes[k]));
        k += 1;
    }
    large
}

/// An axis so many times; a dynamic one stays what it is only once.
pub(super) const fn times(dim: usize, repeats: usize) -> usize {
    if repeats == 1 {
        dim
    } else if is_dynamic(dim) {
        DYN
    } else {
        dim.saturating_mul(repeats)
    }
}

/// The rule of a layer that shortens so many spatial axes; the closure finds the numbers of all sides.
macro_rules! cropping_rule {
    ($layer:ident, $rank:literal, |$this:ident| $sides:expr) => {
        impl $layer {
            /// The input's shape, shorter.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                let ($this, input) = (self, $crate::layer::ok!(super::check::spatial($layer::NAME, $rank, x)));
                super::sides::cropped($layer::NAME, input, $sides)
            }

            $crate::layer::copies!();
        }
    };
}

/// The rule of a layer that lengthens so many spatial axes; the closure finds the numbers of all sides.
macro_rules! padding_rule {
    ($layer:ident, $rank:literal, |$this:ident| $sides:expr) => {
        impl $layer {
            /// The input's shape, longer.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                let ($this, input) = (self, $crate::layer::ok!(super::check::spatial($layer::NAME, $rank, x)));
                Ok($crate::Outs::one(super::sides::padded(&input.shape, $sides)))
            }

            $crate::layer::copies!();
        }
    };
}

pub(super) use {cropping_rule, padding_rule};
