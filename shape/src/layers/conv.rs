//! The rule that all convolutions share, for any number of spatial axes.

use super::check;
use crate::layer::ok;
use crate::{In, Msg, Outs, Padding, Rule, Shape, Window, is_dynamic};

pub(super) struct Conv<'a> {
    pub layer: &'a str,
    pub filters: usize,
    pub kernel_size: &'a [usize],
    pub strides: &'a [usize],
    pub dilation_rate: &'a [usize],
    pub padding: Padding,
    pub groups: usize,
}

impl Conv<'_> {
    /// The output of an input of `spatial axes + 1` axes.
    pub const fn outputs(&self, input: &In) -> Rule {
        ok!(self.settings(input));
        let mut shape = input.shape;
        let mut i = 0;
        while i < self.kernel_size.len() {
            let n = self.window(i).output(input.shape.dim(i), self.padding);
            if n == 0 {
                return Err(does_not_fit(self.layer, self.kernel_size, self.dilation_rate, input));
            }
            shape = shape.with(i, n);
            i += 1;
        }
        Ok(Outs::one(shape.with(i, self.filters)))
    }

    /// Twice the taps of every output value.
    pub const fn flops(&self, input: &In) -> usize {
        let outs = match self.outputs(input) {
            Ok(outs) => outs,
            Err(_) => return 0,
        };
        let mut taps = input.shape.last() / self.groups;
        let mut i = 0;
        while i < self.kernel_size.len() {
            taps *= self.kernel_size[i];
            i += 1;
        }
        2 * taps * outs.get(0).shape.size()
    }

    const fn window(&self, i: usize) -> Window {
        Window { size: self.kernel_size[i], stride: self.strides[i], dilation: self.dilation_rate[i] }
    }

    const fn settings(&self, input: &In) -> Result<(), Msg> {
        ok!(self.sizes());
        let channels = ok!(check::channels(self.layer, "channels", input));
        if !self.filters.is_multiple_of(self.groups) {
            return Err(Msg::new(self.layer)
                .text(" has ")
                .number(self.filters)
                .text(" filters, which ")
                .number(self.groups)
                .text(" groups do not divide")
                .hint("choose filters and groups so that filters / groups is whole"));
        }
        if !channels.is_multiple_of(self.groups) {
            return Err(Msg::new(self.layer)
                .text(" has ")
                .number(self.groups)
                .text(" groups, which do not divide the ")
                .number(channels)
                .text(" channels: ")
                .input(input)
                .hint("choose groups that divide the channels of the input"));
        }
        Ok(())
    }

    const fn sizes(&self) -> Result<(), Msg> {
        ok!(check::positive(self.layer, "filters", self.filters));
        ok!(check::positive(self.layer, "groups", self.groups));
        if self.kernel_size.len() > 1 {
            ok!(check::not_causal(self.layer, self.padding));
        }
        windows(self.layer, "kernel_size", self.kernel_size, self.strides, self.dilation_rate)
    }
}

/// The checks of window sizes, strides and dilations.
pub(super) const fn windows(
    layer: &str,
    size_name: &str,
    sizes: &[usize],
    strides: &[usize],
    dilations: &[usize],
) -> Result<(), Msg> {
    ok!(check::all_positive(layer, size_name, sizes));
    ok!(check::all_positive(layer, "strides", strides));
    ok!(check::all_positive(layer, "dilation_rate", dilations));
    if largest(strides) > 1 && largest(dilations) > 1 {
        return Err(Msg::new(layer)
            .text(" has strides ")
            .by(strides)
            .text(" and dilation_rate ")
            .by(dilations)
            .text(", but only one of them can be above 1")
            .hint("drop one of the two"));
    }
    Ok(())
}

/// A window that is larger than the input.
pub(super) const fn does_not_fit(layer: &str, sizes: &[usize], dilations: &[usize], input: &In) -> Msg {
    let m = Msg::new(layer).text(": a window of ").by(sizes);
    let m = if largest(dilations) > 1 { m.text(" with dilation_rate ").by(dilations) } else { m };
    let m = m.text(" does not fit into ").by(input.shape.dims().split_at(sizes.len()).0).text(": ").input(input);
    if is_low(input.shape.dims()) {
        return m
            .text("\nhint: an image is (batch, height, width, channels), and this one has a height of ")
            .number(input.shape.dim(0))
            .text(": bring channels that came first to the end; otherwise use a smaller window, or padding = same");
    }
    if has_channels_first(input.shape.dims()) {
        let (channels, height, width) = (input.shape.dim(0), input.shape.dim(1), input.shape.dim(2));
        let m = m.hint("if ").number(channels).text(" counts the channels: these come last, (batch, ").number(height);
        let m = m.text(", ").number(width).text(", ").number(channels);
        return m.text("); otherwise use a smaller window, or padding = same");
    }
    m.hint("use a smaller window, fewer pooling layers before it, or padding = same")
}

/// Does this look like an image of one, three or four channels that come before its height and width?
const fn has_channels_first(dims: &[usize]) -> bool {
    let image = dims.len() == 3 && !is_dynamic(dims[1]) && !is_dynamic(dims[2]);
    image && (dims[0] == 1 || dims[0] == 3 || dims[0] == 4) && dims[1] >= 8 && dims[2] >= 8
}

/// Does this look like what a window has left of an image whose channels came before its height and width?
const fn is_low(dims: &[usize]) -> bool {
    let image = dims.len() == 3 && !is_dynamic(dims[1]) && !is_dynamic(dims[2]);
    image && dims[0] < 3 && dims[1] >= 8 && dims[1] != dims[2]
}

const fn largest(values: &[usize]) -> usize {
    let mut largest = 0;
    let mut i = 0;
    while i < values.len() {
        if values[i] > largest {
            largest = values[i];
        }
        i += 1;
    }
    largest
}

/// The shape of a kernel: its window, and then two more axes.
pub(super) const fn kernel(window: &[usize], second_last: usize, last: usize) -> Shape {
    Shape::new(window).push(second_last).push(last)
}

/// The rule of a convolution over so many axes.
macro_rules! rule {
    ($layer:ident, $rank:literal) => {
        impl $layer {
            const fn geometry(&self) -> super::conv::Conv<'_> {
                super::conv::Conv {
                    layer: $layer::NAME,
                    filters: self.filters,
                    kernel_size: &self.kernel_size,
                    strides: &self.strides,
                    dilation_rate: &self.dilation_rate,
                    padding: self.padding,
                    groups: self.groups,
                }
            }

            /// A place for each window, with as many channels as there are filters.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                self.geometry().outputs($crate::layer::ok!(super::check::spatial($layer::NAME, $rank, x)))
            }

            /// kernel `[window.., channels / groups, filters]`, bias `[filters]`.
            pub const fn weights(&self, x: &[$crate::In]) -> $crate::Weights {
                let kernel = super::conv::kernel(&self.kernel_size, x[0].shape.last() / self.groups, self.filters);
                $crate::Weights::NONE.with("kernel", kernel.dims(), self.kernel_initializer).with_bias(
                    self.use_bias,
                    self.filters,
                    self.bias_initializer,
                )
            }

            /// A multiplication and an addition for each tap of each output value.
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
