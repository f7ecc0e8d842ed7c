super::frame::padding_kernel!(ZeroPadding1D, |layer| [layer.padding]);

#[cfg(test)]
use formwork_shape::layers::ZeroPadding1D;

#[cfg(test)]
super::conformance::cases!(ZeroPadding1D: (shape(2..3), 0..3usize, 0..3usize) => |(input, before, after)| {
    Case::new(ZeroPadding1D { padding: [before, after], ..ZeroPadding1D::TEMPLATE }, [input])
});
