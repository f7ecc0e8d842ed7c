use super::convolution;
use crate::weights::named_weights;

named_weights! { Conv1D { kernel / kernel_mut: Ix3, bias / bias_mut: Ix1 optional } }

convolution::kernel!(Conv1D, groups: |layer, _| layer.groups, filters: |layer, _| layer.filters, transposed: false);

#[cfg(test)]
use formwork_shape::layers;

#[cfg(test)]
super::conformance::cases!(Conv1D: (image(1), 1..3usize, 1..3usize, window(1), activation(), any::<bool>(), 1..3usize) => |(input, filters, channels, window, activation, use_bias, groups)| {
    let (kernel_size, strides, dilation_rate, padding) = window.settings::<1>(true);
    let layer = layers::Conv1D {
        filters: filters * groups,
        kernel_size,
        strides,
        dilation_rate,
        padding,
        groups,
        activation,
        use_bias,
        ..layers::Conv1D::TEMPLATE
    };
    Case::new(layer, [input.with(1, channels * groups)])
});
