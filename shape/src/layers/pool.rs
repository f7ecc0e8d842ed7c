//! The rule that all poolings share, for any number of spatial axes.

use super::{check, conv};
use crate::layer::ok;
use crate::{In, Outs, Padding, Rule, Window};

pub(super) struct Pool<'a> {
    pub layer: &'a str,
    pub pool_size: &'a [usize],
    pub strides: &'a [usize],
    pub padding: Padding,
}

impl Pool<'_> {
    /// The output of `[spatial.., channels]`: fewer places, the same channels.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial(self.layer, self.pool_size.len(), x));
        ok!(check::not_causal(self.layer, self.padding));
        ok!(check::all_positive(self.layer, "pool_size", self.pool_size));
        ok!(check::all_positive(self.layer, "strides", self.strides));
        let mut shape = input.shape;
        let mut i = 0;
        while i < self.pool_size.len() {
            let window = Window { size: self.pool_size[i], stride: self.strides[i], dilation: 1 };
            let n = window.output(input.shape.dim(i), self.padding);
            if n == 0 {
                return Err(conv::does_not_fit(self.layer, self.pool_size, &[], input));
            }
            shape = shape.with(i, n);
            i += 1;
        }
        Ok(Outs::one(shape))
    }

    /// One operation for each place of each window.
    pub const fn flops(&self, x: &[In]) -> usize {
        let mut flops = check::each_output(&self.outputs(x));
        let mut i = 0;
        while i < self.pool_size.len() {
            flops *= self.pool_size[i];
            i += 1;
        }
        flops
    }
}

/// The rule of a global pooling: `[spatial.., channels]` to `[channels]`, or to `[1.., channels]` with `keepdims`.
pub(super) const fn global(layer: &str, axes: usize, keepdims: bool, x: &[In]) -> Rule {
    let mut shape = ok!(check::spatial(layer, axes, x)).shape;
    let mut i = 0;
    while i < axes {
        shape = if keepdims { shape.with(i, 1) } else { shape.remove(0) };
        i += 1;
    }
    Ok(Outs::one(shape))
}

/// The rule of a pooling to a given number of places: `[spatial.., channels]` to `[output_size.., channels]`.
pub(super) const fn adaptive(layer: &str, output_size: &[usize], x: &[In]) -> Rule {
    let mut shape = ok!(check::spatial(layer, output_size.len(), x)).shape;
    ok!(check::all_positive(layer, "output_size", output_size));
    let mut i = 0;
    while i < output_size.len() {
        shape = shape.with(i, output_size[i]);
        i += 1;
    }
    Ok(Outs::one(shape))
}

/// The rule of a pooling by windows that slide, which says nothing else for any number of axes.
macro_rules! sliding_rule {
    ($layer:ident) => {
        impl $layer {
            const fn pool(&self) -> super::pool::Pool<'_> {
                let strides = match &self.strides {
                    Some(strides) => strides,
                    None => &self.pool_size,
                };
                super::pool::Pool { layer: $layer::NAME, pool_size: &self.pool_size, strides, padding: self.padding }
            }

            /// A place for each window, with the channels of the input.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                self.pool().outputs(x)
            }

            $crate::layer::no_weights!();

            /// One operation for each place of each window.
            pub const fn flops(&self, x: &[$crate::In]) -> usize {
                self.pool().flops(x)
            }

            /// Reads nothing: the gradient is shared out, or goes to the places that won, which the kernel keeps by itself.
            pub const fn facts(&self) -> $crate::Facts {
                $crate::Facts::PLAIN.reading(false, false)
            }
        }
    };
}

/// The rule of an adaptive pooling, which says nothing else for any number of axes.
macro_rules! adaptive_rule {
    ($layer:ident) => {
        impl $layer {
            /// As many places as `output_size` says, with the channels of the input.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                super::pool::adaptive($layer::NAME, &self.output_size, x)
            }

            $crate::layer::no_weights!();

            /// One operation for each value of the input.
            pub const fn flops(&self, x: &[$crate::In]) -> usize {
                x[0].shape.size()
            }

            /// Reads nothing: the gradient is shared out, or goes to the places that won, which the kernel keeps by itself.
            pub const fn facts(&self) -> $crate::Facts {
                $crate::Facts::PLAIN.reading(false, false)
            }
        }
    };
}

/// The rule of a global pooling over so many axes, which reads no mask.
macro_rules! global_rule {
    ($layer:ident, $rank:literal) => {
        impl $layer {
            /// The channels of the input.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                super::pool::global($layer::NAME, $rank, self.keepdims, x)
            }

            $crate::layer::no_weights!();

            /// One pass.
            pub const fn flops(&self, x: &[$crate::In]) -> usize {
                super::check::pass(&x[0].shape)
            }

            /// Reads nothing: the gradient is shared out, or goes to the places that won, which the kernel keeps by itself.
            pub const fn facts(&self) -> $crate::Facts {
                $crate::Facts::PLAIN.reading(false, false)
            }
        }
    };
}

pub(super) use {adaptive_rule, global_rule, sliding_rule};
