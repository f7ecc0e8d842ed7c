use formwork_shape::layers::Split;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Split {
    fn infer(&self, _: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let axis = each::axis(self.axis, x[0].shape().rank());
        let (_, length, after) = each::around(x[0].shape(), axis);
        let mut at = 0;
        for y in y {
            let part = y.shape().dim(axis) * after;
            let places = x[0].data().chunks_exact(length * after);
            y.data.chunks_exact_mut(part).zip(places).for_each(|(y, x)| y.copy_from_slice(&x[at..][..part]));
            at += part;
        }
    }

    fn backward(&self, _: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let shape = step.x[0].shape();
        let axis = each::axis(self.axis, shape.rank());
        let (_, length, after) = each::around(shape, axis);
        let Some((dx, write)) = step.dx[0].target() else { return };
        let mut at = 0;
        for dy in step.dy {
            let part = dy.shape().dim(axis) * after;
            let places = dx.chunks_exact_mut(length * after);
            for (dx, dy) in places.zip(dy.data().chunks_exact(part)) {
                dx[at..][..part].iter_mut().zip(dy).for_each(|(dx, dy)| each::put(write, dx, *dy));
            }
            at += part;
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Split: (axes(1..4), proptest::collection::vec(1..4usize, 1..5), any::<bool>()) => |((input, axis), parts, equal)| {
    use formwork_shape::{Dims, Sections};
    let k = each::axis(axis, input.rank());
    if equal {
        let parts = parts.len();
        let layer = Split { indices_or_sections: Sections::Parts(parts), axis };
        return Case::new(layer, [input.with(k, parts * input.dim(k))]);
    }
    let length = parts.iter().sum::<usize>() + 1;
    let places: Vec<isize> = parts
        .iter()
        .scan(0, |at, part| {
            *at += *part;
            Some(if part % 2 == 0 { *at as isize } else { *at as isize - length as isize })
        })
        .collect();
    Case::new(Split { indices_or_sections: Sections::At(Dims::of(&places)), axis }, [input.with(k, length)])
});
