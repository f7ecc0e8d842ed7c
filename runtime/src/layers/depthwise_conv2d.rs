use super::convolution;
use crate::weights::named_weights;

named_weights! { DepthwiseConv2D { kernel / kernel_mut: Ix4, bias / bias_mut: Ix1 optional } }

convolution::kernel!(DepthwiseConv2D, groups: |_, channels| channels, filters: |layer, channels| channels * layer.depth_multiplier, transposed: false);

#[cfg(test)]
use formwork_shape::layers;

#[cfg(test)]
super::conformance::cases!(DepthwiseConv2D: (image(2), 1..3usize, window(2), activation(), any::<bool>()) => |(input, depth_multiplier, window, activation, use_bias)| {
    let (kernel_size, strides, dilation_rate, padding) = window.settings::<2>(false);
    let layer = layers::DepthwiseConv2D {
        kernel_size,
        strides,
        dilation_rate,
        padding,
        depth_multiplier,
        activation,
        use_bias,
        ..layers::DepthwiseConv2D::TEMPLATE
    };
    Case::new(layer, [input])
});
