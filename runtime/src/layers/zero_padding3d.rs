super::frame::padding_kernel!(ZeroPadding3D, |layer| layer.padding);

#[cfg(test)]
use formwork_shape::layers::ZeroPadding3D;

#[cfg(test)]
super::conformance::cases!(ZeroPadding3D: (shape(4..5), [0..2usize, 0..2usize, 0..2usize, 0..3usize, 0..2usize, 0..2usize]) => |(input, sides)| {
    let [front, back, top, bottom, left, right] = sides;
    Case::new(ZeroPadding3D { padding: [[front, back], [top, bottom], [left, right]], ..ZeroPadding3D::TEMPLATE }, [input])
});
