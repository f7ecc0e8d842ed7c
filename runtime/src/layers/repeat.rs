use formwork_shape::Shape;
use formwork_shape::layers::Repeat;

use super::each;
use super::gather::{Gather, Places};

impl Places for Repeat {
    fn places<'s>(
        &'s self,
        from: &'s Shape,
        to: &'s Shape,
    ) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
        let axis = each::axis(self.axis, from.rank());
        Gather::new(from, to, axis + 1, move |k, i| Some(if k == axis { i / self.repeats } else { i }))
    }
}

#[cfg(test)]
super::conformance::cases!(Repeat: (axes(1..5), 1..4usize) => |((input, axis), repeats)| Case::new(Repeat { repeats, axis }, [input]));
