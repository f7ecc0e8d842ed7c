super::separable::kernel!(SeparableConv1D, 1, Ix3);

#[cfg(test)]
use formwork_shape::layers;

#[cfg(test)]
super::conformance::cases!(SeparableConv1D: (image(1), 1..4usize, 1..3usize, window(1), activation(), any::<bool>()) => |(input, filters, depth_multiplier, window, activation, use_bias)| {
    let (kernel_size, strides, dilation_rate, padding) = window.settings::<1>(true);
    let layer = layers::SeparableConv1D {
        filters,
        kernel_size,
        strides,
        padding,
        dilation_rate,
        depth_multiplier,
        activation,
        use_bias,
        ..layers::SeparableConv1D::TEMPLATE
    };
    Case::new(layer, [input])
});
