use super::convolution;
use crate::weights::named_weights;

named_weights! { Conv2D { kernel / kernel_mut: Ix4, bias / bias_mut: Ix1 optional } }

convolution::kernel!(Conv2D, groups: |layer, _| layer.groups, filters: |layer, _| layer.filters, transposed: false);

#[cfg(test)]
use formwork_shape::layers;

#[cfg(test)]
super::conformance::cases!(Conv2D: (image(2), 1..3usize, 1..3usize, window(2), activation(), any::<bool>(), 1..3usize) => |(input, filters, channels, window, activation, use_bias, groups)| {
    let (kernel_size, strides, dilation_rate, padding) = window.settings::<2>(false);
    let layer = layers::Conv2D {
        filters: filters * groups,
        kernel_size,
        strides,
        dilation_rate,
        padding,
        groups,
        activation,
        use_bias,
        ..layers::Conv2D::TEMPLATE
    };
    Case::new(layer, [input.with(2, channels * groups)])
});
