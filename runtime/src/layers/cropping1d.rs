super::frame::cropping_kernel!(Cropping1D, |layer| [layer.cropping]);

#[cfg(test)]
use formwork_shape::layers::Cropping1D;

#[cfg(test)]
super::conformance::cases!(Cropping1D: (shape(2..3), 0..3usize, 0..3usize) => |(input, before, after)| {
    Case::new(Cropping1D { cropping: [before, after] }, [input])
});
