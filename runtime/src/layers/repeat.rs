use formwork_shape::Shape;
use formwork_shape::layers::Repeat;

use super::each;
use super::gather::Gather;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Repeat {
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
    layer: &'s Repeat,
    from: &'s Shape,
    to: &'s Shape,
) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
    let axis = each::axis(layer.axis, from.rank());
    Gather::new(from, to, axis + 1, move |k, i| Some(if k == axis { i / layer.repeats } else { i }))
}

#[cfg(test)]
super::conformance::cases!(Repeat: (axes(1..5), 1..4usize) => |((input, axis), repeats)| Case::new(Repeat { repeats, axis }, [input]));
