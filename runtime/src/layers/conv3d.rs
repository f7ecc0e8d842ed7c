use super::convolution;
use crate::weights::named_weights;

named_weights! { Conv3D { kernel / kernel_mut: Ix5, bias / bias_mut: Ix1 optional } }

convolution::kernel!(Conv3D, groups: |layer, _| layer.groups, filters: |layer, _| layer.filters, transposed: false);

#[cfg(test)]
use formwork_shape::layers;

#[cfg(test)]
super::conformance::cases!(Conv3D: (image(3), 1..3usize, 1..3usize, window(3), activation(), any::<bool>(), 1..3usize) => |(input, filters, channels, window, activation, use_bias, groups)| {
    let (kernel_size, strides, dilation_rate, padding) = window.settings::<3>(false);
    let layer = layers::Conv3D {
        filters: filters * groups,
        kernel_size,
        strides,
        dilation_rate,
        padding,
        groups,
        activation,
        use_bias,
        ..layers::Conv3D::TEMPLATE
    };
    Case::new(layer, [input.with(3, channels * groups)])
});
