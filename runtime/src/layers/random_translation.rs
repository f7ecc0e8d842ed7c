use formwork_shape::layers::RandomTranslation;

use super::warp::{Map, Maps, Reading, draw, warped};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

warped!(RandomTranslation, |layer, [height, width], random| {
    let down = draw(random, layer.height_factor.limits()) * height as f64;
    let right = draw(random, layer.width_factor.limits()) * width as f64;
    [1.0, 0.0, -right, 0.0, 1.0, -down]
});

#[cfg(test)]
super::conformance::cases!(RandomTranslation: (image(2), 0.0..0.6f64, 0.0..0.6f64, 0..4usize, any::<bool>()) => |(input, a, b, fill, smooth)| {
    use formwork_shape::{Factor, FillMode, Interpolation};
    let fills = [FillMode::Reflect, FillMode::Wrap, FillMode::Constant, FillMode::Nearest];
    let layer = RandomTranslation {
        height_factor: Factor::Around(a),
        width_factor: Factor::Between(-b, a),
        fill_mode: fills[fill],
        fill_value: 0.3,
        interpolation: if smooth { Interpolation::Bilinear } else { Interpolation::Nearest },
        ..RandomTranslation::TEMPLATE
    };
    Case::new(layer, [input])
});
