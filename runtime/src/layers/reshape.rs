super::plain::same_numbers!(Reshape);

#[cfg(test)]
use formwork_shape::{Dims, layers::Reshape};

#[cfg(test)]
super::conformance::cases!(Reshape: shape(1..5) => |input| Case::new(Reshape { target_shape: Dims::of(&[-1, input.dim(0) as isize]) }, [input]));
