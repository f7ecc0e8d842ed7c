super::plain::same_numbers!(Identity);

#[cfg(test)]
use formwork_shape::layers::Identity;

#[cfg(test)]
super::conformance::cases!(Identity: shape(1..5) => |input| Case::new(Identity {}, [input]));
