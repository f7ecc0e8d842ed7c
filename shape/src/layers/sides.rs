//! Shapes whose leading axes grow or shrink.

use crate::layer::ok;
use crate::{DYN, In, Msg, Outs, Rule, Shape, is_dynamic};

/// Axis `k` longer by both numbers of `sides[k]`.
pub(super) const fn padded(shape: &Shape, sides: &[[usize; 2]]) -> Shape {
    let mut padded = *shape;
    let mut k = 0;
    while k < sides.len() {
        let (n, more) = (shape.dim(k), sides[k][0] + sides[k][1]);
        if more > 0 {
            padded = padded.with(k, if is_dynamic(n) { DYN } else { n + more });
        }
        k += 1;
    }
    padded
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
        let n = shape.dim(k);
        if sizes[k] > 1 {
            large = large.with(k, if is_dynamic(n) { DYN } else { n * sizes[k] });
        }
        k += 1;
    }
    large
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

            $crate::layer::no_weights!();

            /// Copies only.
            pub const fn flops(&self, _: &[$crate::In]) -> usize {
                0
            }

            /// Reads nothing: the gradient is padded.
            pub const fn facts(&self) -> $crate::Facts {
                $crate::Facts::PLAIN.reading(false, false)
            }
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

            $crate::layer::no_weights!();

            /// Copies only.
            pub const fn flops(&self, _: &[$crate::In]) -> usize {
                0
            }

            /// Reads nothing: the gradient is cut out.
            pub const fn facts(&self) -> $crate::Facts {
                $crate::Facts::PLAIN.reading(false, false)
            }
        }
    };
}

pub(super) use {cropping_rule, padding_rule};
