super::plain::same_numbers!(ExpandDims);

#[cfg(test)]
use formwork_shape::layers::ExpandDims;

#[cfg(test)]
super::conformance::cases!(ExpandDims: axes(1..5) => |(input, axis)| Case::new(ExpandDims { axis }, [input]));
