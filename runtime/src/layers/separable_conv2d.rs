super::separable::kernel!(SeparableConv2D, 2, Ix4);

#[cfg(test)]
use formwork_shape::layers;

#[cfg(test)]
super::conformance::cases!(SeparableConv2D: (image(2), 1..4usize, 1..3usize, window(2), activation(), any::<bool>()) => |(input, filters, depth_multiplier, window, activation, use_bias)| {
    let (kernel_size, strides, dilation_rate, padding) = window.settings::<2>(false);
    let layer = layers::SeparableConv2D {
        filters,
        kernel_size,
        strides,
        padding,
        dilation_rate,
        depth_multiplier,
        activation,
        use_bias,
        ..layers::SeparableConv2D::TEMPLATE
    };
    Case::new(layer, [input])
});
