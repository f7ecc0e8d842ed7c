//! The rule that all transposed convolutions share, for any number of spatial axes.

use super::{check, conv};
use crate::layer::ok;
use crate::{DYN, In, Msg, Outs, Padding, Rule, Window, is_dynamic};

pub(super) struct ConvTranspose<'a> {
    pub layer: &'a str,
    pub filters: usize,
    pub kernel_size: &'a [usize],
    pub strides: &'a [usize],
    pub dilation_rate: &'a [usize],
    pub padding: Padding,
    pub output_padding: Option<&'a [usize]>,
}

impl ConvTranspose<'_> {
    /// The output of an input of `spatial axes + 1` axes.
    pub const fn outputs(&self, input: &In) -> Rule {
        ok!(check::positive(self.layer, "filters", self.filters));
        ok!(check::not_causal(self.layer, self.padding));
        ok!(conv::windows(self.layer, "kernel_size", self.kernel_size, self.strides, self.dilation_rate));
        ok!(check::channels(self.layer, "channels", input));
        let mut shape = input.shape;
        let mut i = 0;
        while i < self.kernel_size.len() {
            let n = ok!(self.length(i, input));
            shape = shape.with(i, n);
            i += 1;
        }
        Ok(Outs::one(shape.with(i, self.filters)))
    }

    /// Twice the taps of every input value.
    pub const fn flops(&self, input: &In) -> usize {
        let mut taps = self.filters;
        let mut i = 0;
        while i < self.kernel_size.len() {
            taps *= self.kernel_size[i];
            i += 1;
        }
        2 * taps * input.shape.size()
    }

    const fn length(&self, i: usize, input: &In) -> Result<usize, Msg> {
        let n = input.shape.dim(i);
        let stride = self.strides[i];
        let extent = Window { size: self.kernel_size[i], stride, dilation: self.dilation_rate[i] }.extent();
        let same = matches!(self.padding, Padding::Same);
        let more = match self.output_padding {
            Some(more) if more[i] >= stride => {
                return Err(Msg::new(self.layer)
                    .text(" has output_padding ")
                    .by(more)
                    .text(", which must be below the strides ")
                    .by(self.strides)
                    .hint("leave output_padding out, or take larger strides"));
            }
            Some(more) => Some(more[i]),
            None => None,
        };
        Ok(match more {
            _ if is_dynamic(n) && !(same && stride == 1 && more.is_none()) => DYN,
            _ if is_dynamic(n) => n,
            None if same => n * stride,
            None => n * stride + extent.saturating_sub(stride),
            Some(more) if same => (n.saturating_sub(1)) * stride + extent % 2 + more,
            Some(more) => (n.saturating_sub(1)) * stride + extent + more,
        })
    }
}

/// The rule of a transposed convolution over so many axes.
macro_rules! rule {
    ($layer:ident, $rank:literal) => {
        impl $layer {
            const fn geometry(&self) -> super::conv_transpose::ConvTranspose<'_> {
                super::conv_transpose::ConvTranspose {
                    layer: $layer::NAME,
                    filters: self.filters,
                    kernel_size: &self.kernel_size,
                    strides: &self.strides,
                    dilation_rate: &self.dilation_rate,
                    padding: self.padding,
                    output_padding: match &self.output_padding {
                        Some(padding) => Some(padding),
                        None => None,
                    },
                }
            }

            /// Longer axes, with as many channels as there are filters.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                self.geometry().outputs($crate::layer::ok!(super::check::spatial($layer::NAME, $rank, x)))
            }

            /// kernel `[window.., filters, channels]`, bias `[filters]`.
            pub const fn weights(&self, x: &[$crate::In]) -> $crate::Weights {
                let kernel = super::conv::kernel(&self.kernel_size, self.filters, x[0].shape.last());
                $crate::Weights::NONE.with("kernel", kernel.dims(), self.kernel_initializer).with_bias(
                    self.use_bias,
                    self.filters,
                    self.bias_initializer,
                )
            }

            /// A multiplication and an addition for each tap of each input value.
            pub const fn flops(&self, x: &[$crate::In]) -> usize {
                self.geometry().flops(&x[0])
            }

            /// Reads its input, and its output to go back through the activation.
            pub const fn facts(&self) -> $crate::Facts {
                $crate::Facts::activated(self.activation).weighted()
            }
        }
    };
}

pub(super) use rule;
