//! The rules of convolutions of each channel by itself, for any number of spatial axes.

/// The convolution of each channel by itself, in layers that have its settings.
macro_rules! depthwise {
    ($layer:ident) => {
        impl $layer {
            const fn depthwise(&self, channels: usize) -> super::conv::Conv<'_> {
                super::conv::Conv {
                    layer: $layer::NAME,
                    filters: channels * self.depth_multiplier,
                    kernel_size: &self.kernel_size,
                    strides: &self.strides,
                    dilation_rate: &self.dilation_rate,
                    padding: self.padding,
                    groups: channels,
                }
            }
        }
    };
}

/// The rule of a depthwise convolution over so many axes.
macro_rules! depthwise_rule {
    ($layer:ident, $rank:literal) => {
        super::channelwise::depthwise!($layer);

        impl $layer {
            /// A place for each window, with `depth_multiplier` channels for each one of the input.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                let input = $crate::layer::ok!(super::check::spatial($layer::NAME, $rank, x));
                $crate::layer::ok!(super::check::positive($layer::NAME, "depth_multiplier", self.depth_multiplier));
                let channels = $crate::layer::ok!(super::check::channels($layer::NAME, "channels", input));
                self.depthwise(channels).outputs(input)
            }

            /// kernel `[window.., channels, depth_multiplier]`, bias `[channels depth_multiplier]`.
            pub const fn weights(&self, x: &[$crate::In]) -> $crate::Weights {
                let channels = x[0].shape.last();
                let kernel = super::conv::kernel(&self.kernel_size, channels, self.depth_multiplier);
                $crate::Weights::NONE.with("kernel", kernel.dims(), self.depthwise_initializer).with_bias(
                    self.use_bias,
                    channels * self.depth_multiplier,
                    self.bias_initializer,
                )
            }

            /// A multiplication and an addition for each tap of each output value.
            pub const fn flops(&self, x: &[$crate::In]) -> usize {
                self.depthwise(x[0].shape.last()).flops(&x[0])
            }

            /// Reads its input, and its output to go back through the activation.
            pub const fn facts(&self) -> $crate::Facts {
                $crate::Facts::activated(self.activation).weighted()
            }
        }
    };
}

/// The rule of a separable convolution over so many axes.
macro_rules! separable_rule {
    ($layer:ident, $rank:literal) => {
        super::channelwise::depthwise!($layer);

        impl $layer {
            /// A place for each window, with as many channels as there are filters.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                let input = $crate::layer::ok!(super::check::spatial($layer::NAME, $rank, x));
                $crate::layer::ok!(super::check::positive($layer::NAME, "filters", self.filters));
                $crate::layer::ok!(super::check::positive($layer::NAME, "depth_multiplier", self.depth_multiplier));
                let channels = $crate::layer::ok!(super::check::channels($layer::NAME, "channels", input));
                let between = $crate::layer::ok!(self.depthwise(channels).outputs(input)).get(0).shape;
                Ok($crate::Outs::one(between.with($rank, self.filters)))
            }

            /// depthwise_kernel `[window.., channels, depth_multiplier]`, pointwise_kernel
            /// `[1.., channels depth_multiplier, filters]`, bias `[filters]`.
            pub const fn weights(&self, x: &[$crate::In]) -> $crate::Weights {
                let channels = x[0].shape.last();
                let depthwise = super::conv::kernel(&self.kernel_size, channels, self.depth_multiplier);
                let pointwise = super::conv::kernel(&[1; $rank], channels * self.depth_multiplier, self.filters);
                $crate::Weights::NONE
                    .with("depthwise_kernel", depthwise.dims(), self.depthwise_initializer)
                    .with("pointwise_kernel", pointwise.dims(), self.pointwise_initializer)
                    .with_bias(self.use_bias, self.filters, self.bias_initializer)
            }

            /// A multiplication and an addition for each tap of each value, in between and at the end.
            pub const fn flops(&self, x: &[$crate::In]) -> usize {
                let channels = x[0].shape.last();
                let end = match self.outputs(x) {
                    Ok(outs) => outs.get(0).shape.size(),
                    Err(_) => 0,
                };
                self.depthwise(channels).flops(&x[0]) + 2 * channels * self.depth_multiplier * end
            }

            /// Reads its input, and its output to go back through the activation.
            pub const fn facts(&self) -> $crate::Facts {
                $crate::Facts::activated(self.activation).weighted()
            }
        }
    };
}

pub(super) use {depthwise, depthwise_rule, separable_rule};
