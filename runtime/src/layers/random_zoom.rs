use formwork_shape::layers::RandomZoom;

use super::warp::{Map, Maps, Reading, about_middle, draw, warped};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

warped!(RandomZoom, |layer, dims, random| {
    let down = 1.0 + draw(random, layer.height_factor.limits());
    let across = layer.width_factor.map_or(down, |factor| 1.0 + draw(random, factor.limits()));
    about_middle(dims, [across, 0.0, 0.0, down])
});

#[cfg(test)]
super::conformance::cases!(RandomZoom: (image(2), 0.0..0.6f64, 0.0..0.6f64, 0..4usize, any::<bool>()) => |(input, a, b, fill, smooth)| {
    use formwork_shape::{Factor, FillMode, Interpolation};
    let fills = [FillMode::Reflect, FillMode::Wrap, FillMode::Constant, FillMode::Nearest];
    let layer = RandomZoom {
        height_factor: Factor::Around(a),
        width_factor: (b > 0.3).then_some(Factor::Between(-b, b)),
        fill_mode: fills[fill],
        fill_value: 0.3,
        interpolation: if smooth { Interpolation::Bilinear } else { Interpolation::Nearest },
        ..RandomZoom::TEMPLATE
    };
    Case::new(layer, [input])
});
