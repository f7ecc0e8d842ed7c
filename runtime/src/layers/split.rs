use formwork_shape::layers::Split;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Split {
    fn infer(&self, _: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (_, length, after) = each::around(x[0].shape(), each::axis(self.axis, x[0].shape().rank()));
        let part = length / self.indices_or_sections * after;
        for (i, y) in y.iter_mut().enumerate() {
            let places = x[0].data().chunks_exact(length * after);
            y.data.chunks_exact_mut(part).zip(places).for_each(|(y, x)| y.copy_from_slice(&x[i * part..][..part]));
        }
    }

    fn backward(&self, _: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let shape = step.x[0].shape();
        let (_, length, after) = each::around(shape, each::axis(self.axis, shape.rank()));
        let part = length / self.indices_or_sections * after;
        let Some((dx, write)) = step.dx[0].target() else { return };
        for (i, dy) in step.dy.iter().enumerate() {
            let places = dx.chunks_exact_mut(length * after);
            for (dx, dy) in places.zip(dy.data().chunks_exact(part)) {
                dx[i * part..][..part].iter_mut().zip(dy).for_each(|(dx, dy)| each::put(write, dx, *dy));
            }
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Split: (axes(1..4), 1..4usize) => |((input, axis), parts)| {
    let k = each::axis(axis, input.rank());
    Case::new(Split { indices_or_sections: parts, axis }, [input.with(k, parts * input.dim(k))])
});
