use formwork_shape::Shape;
use formwork_shape::layers::Stack;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Stack {
    fn infer(&self, _: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (run, count) = (run(self, x[0].shape()), x.len());
        for (i, x) in x.iter().enumerate() {
            let places = y[0].data.chunks_exact_mut(run).skip(i).step_by(count);
            places.zip(x.data().chunks_exact(run)).for_each(|(y, x)| y.copy_from_slice(x));
        }
    }

    fn backward(&self, _: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let run = run(self, step.x[0].shape());
        let count = step.x.len();
        for (i, dx) in step.dx.iter_mut().enumerate() {
            let Some((dx, write)) = dx.target() else { continue };
            let places = step.dy[0].data().chunks_exact(run).skip(i).step_by(count);
            for (dx, dy) in dx.chunks_exact_mut(run).zip(places) {
                dx.iter_mut().zip(dy).for_each(|(dx, dy)| each::put(write, dx, *dy));
            }
        }
    }
}

/// How many numbers of an input lie together in the output.
fn run(layer: &Stack, input: &Shape) -> usize {
    let axis = each::axis(layer.axis, input.rank() + 1);
    input.dims()[axis..].iter().product()
}

#[cfg(test)]
super::conformance::cases!(Stack: (axes(1..4), 2..4usize) => |((input, axis), count)| {
    Case::new(Stack { axis }, std::iter::repeat_n(input, count))
});
