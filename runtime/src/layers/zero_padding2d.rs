super::frame::padding_kernel!(ZeroPadding2D, |layer| layer.padding);

#[cfg(test)]
use formwork_shape::layers::ZeroPadding2D;

#[cfg(test)]
super::conformance::cases!(ZeroPadding2D: (shape(3..4), [0..3usize, 0..3usize, 0..2usize, 0..3usize]) => |(input, [top, bottom, left, right])| {
    Case::new(ZeroPadding2D { padding: [[top, bottom], [left, right]], ..ZeroPadding2D::TEMPLATE }, [input])
});
