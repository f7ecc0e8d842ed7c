super::plain::same_numbers!(Flatten);

#[cfg(test)]
use formwork_shape::layers::Flatten;

#[cfg(test)]
super::conformance::cases!(Flatten: shape(1..5) => |input| Case::new(Flatten::TEMPLATE, [input]));
