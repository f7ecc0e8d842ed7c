use super::convolution;
use crate::weights::named_weights;

named_weights! { Conv2DTranspose { kernel / kernel_mut: Ix4, bias / bias_mut: Ix1 optional } }

convolution::kernel!(Conv2DTranspose, groups: |_, _| 1, filters: |layer, _| layer.filters, transposed: true);

#[cfg(test)]
use formwork_shape::layers;

#[cfg(test)]
super::conformance::cases!(Conv2DTranspose: (image(2), 1..4usize, window(2), activation(), any::<bool>(), any::<bool>()) => |(input, filters, window, activation, use_bias, more)| {
    let (kernel_size, strides, dilation_rate, padding) = window.settings::<2>(false);
    let output_padding = more.then(|| strides.map(|stride| stride - 1));
    let layer = layers::Conv2DTranspose {
        filters,
        kernel_size,
        strides,
        dilation_rate,
        padding,
        output_padding,
        activation,
        use_bias,
        ..layers::Conv2DTranspose::TEMPLATE
    };
    Case::new(layer, [input])
});
