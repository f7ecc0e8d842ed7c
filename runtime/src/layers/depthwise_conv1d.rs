use super::convolution;
use crate::weights::named_weights;

named_weights! { DepthwiseConv1D { kernel / kernel_mut: Ix3, bias / bias_mut: Ix1 optional } }

convolution::kernel!(DepthwiseConv1D, groups: |_, channels| channels, filters: |layer, channels| channels * layer.depth_multiplier, transposed: false);

#[cfg(test)]
use formwork_shape::layers;

#[cfg(test)]
super::conformance::cases!(DepthwiseConv1D: (image(1), 1..3usize, window(1), activation(), any::<bool>()) => |(input, depth_multiplier, window, activation, use_bias)| {
    let (kernel_size, strides, dilation_rate, padding) = window.settings::<1>(false);
    let layer = layers::DepthwiseConv1D {
        kernel_size,
        strides,
        dilation_rate,
        padding,
        depth_multiplier,
        activation,
        use_bias,
        ..layers::DepthwiseConv1D::TEMPLATE
    };
    Case::new(layer, [input])
});
