use formwork_shape::layers;

use super::separable::Separable;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! {
    SeparableConv1D {
        depthwise_kernel / depthwise_kernel_mut: Ix3,
        pointwise_kernel / pointwise_kernel_mut: Ix3,
        bias / bias_mut: Ix1 optional,
    }
}

impl<T: Real> Kernel<T> for layers::SeparableConv1D {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        separable(self).forward(pass, weights, &x[0], &mut y[0], work.of());
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        separable(self).backward(pass, weights, step, work.of());
    }
}

fn separable(layer: &layers::SeparableConv1D) -> Separable<'_> {
    Separable {
        kernel_size: &layer.kernel_size,
        strides: &layer.strides,
        dilation_rate: &layer.dilation_rate,
        padding: layer.padding,
        depth_multiplier: layer.depth_multiplier,
        use_bias: layer.use_bias,
        activation: layer.activation,
    }
}

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
