use super::convolution;
use crate::weights::named_weights;

named_weights! { Conv3DTranspose { kernel / kernel_mut: Ix5, bias / bias_mut: Ix1 optional } }

convolution::kernel!(Conv3DTranspose, groups: |_, _| 1, filters: |layer, _| layer.filters, transposed: true);

#[cfg(test)]
use formwork_shape::layers;

#[cfg(test)]
super::conformance::cases!(Conv3DTranspose: (image(3), 1..4usize, window(3), activation(), any::<bool>(), any::<bool>()) => |(input, filters, window, activation, use_bias, more)| {
    let (kernel_size, strides, dilation_rate, padding) = window.settings::<3>(false);
    let output_padding = more.then(|| strides.map(|stride| stride - 1));
    let layer = layers::Conv3DTranspose {
        filters,
        kernel_size,
        strides,
        dilation_rate,
        padding,
        output_padding,
        activation,
        use_bias,
        ..layers::Conv3DTranspose::TEMPLATE
    };
    Case::new(layer, [input])
});
