super::plain::same_numbers!(Squeeze);

#[cfg(test)]
use formwork_shape::layers::Squeeze;

#[cfg(test)]
super::conformance::cases!(Squeeze: axes(2..5) => |(input, axis)| {
    Case::new(Squeeze { axis }, [input.with(super::each::axis(axis, input.rank()), 1)])
});
