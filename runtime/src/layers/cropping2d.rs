super::frame::cropping_kernel!(Cropping2D, |layer| layer.cropping);

#[cfg(test)]
use formwork_shape::layers::Cropping2D;

#[cfg(test)]
super::conformance::cases!(Cropping2D: (shape(3..4), [0..3usize, 0..3usize, 0..2usize, 0..3usize]) => |(input, [top, bottom, left, right])| {
    Case::new(Cropping2D { cropping: [[top, bottom], [left, right]], ..Cropping2D::TEMPLATE }, [input])
});
