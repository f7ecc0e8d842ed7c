use formwork_shape::Shape;
use formwork_shape::layers::Roll;

use super::each;
use super::gather::{Gather, Places};

impl Places for Roll {
    fn places<'s>(
        &'s self,
        from: &'s Shape,
        to: &'s Shape,
    ) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
        let axis = each::axis(self.axis, from.rank());
        let n = from.dim(axis);
        // An axis without places is never asked for one.
        let on = self.shift.checked_rem_euclid(n as isize).unwrap_or(0) as usize;
        Gather::new(from, to, axis + 1, move |k, i| Some(if k == axis { (i + n - on) % n } else { i }))
    }
}

#[cfg(test)]
super::conformance::cases!(Roll: (axes(1..5), -7..8isize) => |((input, axis), shift)| Case::new(Roll { shift, axis }, [input]));
