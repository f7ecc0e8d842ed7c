use formwork_shape::layers::RandomRotation;

use super::warp::{Map, Maps, Reading, about_middle, draw, warped};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

warped!(RandomRotation, |layer, dims, random| {
    let (sin, cos) = (draw(random, layer.factor.limits()) * std::f64::consts::TAU).sin_cos();
    about_middle(dims, [cos, -sin, sin, cos])
});

#[cfg(test)]
super::conformance::cases!(RandomRotation: (image(2), 0.0..0.6f64, 0.0..0.6f64, 0..4usize, any::<bool>()) => |(input, a, b, fill, smooth)| {
    use formwork_shape::{Factor, FillMode, Interpolation};
    let fills = [FillMode::Reflect, FillMode::Wrap, FillMode::Constant, FillMode::Nearest];
    let layer = RandomRotation {
        factor: Factor::Between(-a, b),
        fill_mode: fills[fill],
        fill_value: 0.3,
        interpolation: if smooth { Interpolation::Bilinear } else { Interpolation::Nearest },
        ..RandomRotation::TEMPLATE
    };
    Case::new(layer, [input])
});
