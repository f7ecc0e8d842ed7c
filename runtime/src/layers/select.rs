use formwork_shape::layers::Select;

use super::spread;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// The condition of every element of the output, and room for a gradient.
#[derive(Default)]
struct Chosen<T> {
    first: Buffer<T>,
    d: Buffer<T>,
}

impl<T: Real> Kernel<T> for Select {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let (shape, y) = (*y[0].shape(), &mut *y[0].data);
        let first = work.of::<Chosen<T>>().first.take(y.len());
        spread::fold(pass.threads, first, &shape, &x[0], |_, first, condition| *first = condition);
        let first = &*first;
        match self.otherwise {
            Some(number) => y.fill(T::of(number)),
            None => spread::fold(pass.threads, y, &shape, &x[2], |_, y, b| *y = b),
        }
        spread::fold(pass.threads, y, &shape, &x[1], |k, y, a| {
            if first[k] != T::zero() {
                *y = a;
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let (dy, shape) = (step.dy[0].data(), step.dy[0].shape());
        let Chosen { first, d } = work.of::<Chosen<T>>();
        let (first, d) = (first.get(dy.len()), d.take(dy.len()));
        for (place, dx) in step.dx.iter_mut().enumerate().skip(1) {
            let Some(target) = dx.target() else { continue };
            for ((d, dy), first) in d.iter_mut().zip(dy).zip(first) {
                *d = if (*first != T::zero()) == (place == 1) { *dy } else { T::zero() };
            }
            spread::gather(pass.threads, target, step.x[place].shape(), d, shape, T::one());
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Select: (merges(3..4), any::<bool>()) => |(mut inputs, number)| {
    inputs.truncate(if number { 2 } else { 3 });
    Case::new(Select { otherwise: number.then_some(0.25) }, inputs).with_condition()
});
