use formwork_shape::Shape;
use formwork_shape::layers::Roll;

use super::each;
use super::gather::Gather;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Roll {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (from, to) = (*x[0].shape(), *y[0].shape());
        places(self, &from, &to).copy(pass.threads, x[0].data(), y[0].data, T::zero());
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let places = places(self, step.x[0].shape(), step.dy[0].shape());
        let Some(target) = step.dx[0].target() else { return };
        places.add_back(pass.threads, &step.dy[0], target);
    }
}

fn places<'s>(
    layer: &'s Roll,
    from: &'s Shape,
    to: &'s Shape,
) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
    let axis = each::axis(layer.axis, from.rank());
    let n = from.dim(axis);
    // An axis without places is never asked for one.
    let on = layer.shift.checked_rem_euclid(n as isize).unwrap_or(0) as usize;
    Gather::new(from, to, axis + 1, move |k, i| Some(if k == axis { (i + n - on) % n } else { i }))
}

#[cfg(test)]
super::conformance::cases!(Roll: (axes(1..5), -7..8isize) => |((input, axis), shift)| Case::new(Roll { shift, axis }, [input]));
