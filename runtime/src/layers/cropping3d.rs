super::frame::cropping_kernel!(Cropping3D, |layer| layer.cropping);

#[cfg(test)]
use formwork_shape::layers::Cropping3D;

#[cfg(test)]
super::conformance::cases!(Cropping3D: (shape(4..5), [0..2usize, 0..2usize, 0..2usize, 0..3usize, 0..2usize, 0..2usize]) => |(input, sides)| {
    let [front, back, top, bottom, left, right] = sides;
    Case::new(Cropping3D { cropping: [[front, back], [top, bottom], [left, right]], ..Cropping3D::TEMPLATE }, [input])
});
