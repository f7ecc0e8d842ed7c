use formwork_shape::layers::Concatenate;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Concatenate {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let axis = each::axis(self.axis, y[0].shape().rank());
        let row = run_length(y[0].shape().dims(), axis);
        each::parts(pass.threads, y[0].data, row, |index, mut y| {
            for x in x {
                let len = run_length(x.shape().dims(), axis);
                let (part, rest) = std::mem::take(&mut y).split_at_mut(len);
                part.copy_from_slice(&x.data()[index * len..][..len]);
                y = rest;
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let axis = each::axis(self.axis, step.dy[0].shape().rank());
        let row = run_length(step.dy[0].shape().dims(), axis);
        let mut at = 0;
        for (x, dx) in step.x.iter().zip(step.dx) {
            let len = run_length(x.shape().dims(), axis);
            if let Some((dx, write)) = dx.target() {
                each::parts(pass.threads, dx, len, |index, dx| {
                    let dy = &step.dy[0].data()[index * row + at..][..len];
                    match write {
                        Write::Overwrite => dx.copy_from_slice(dy),
                        Write::Add => dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += *dy),
                    }
                });
            }
            at += len;
        }
    }
}

/// How many numbers lie together before the axes ahead of the joined one step.
fn run_length(dims: &[usize], axis: usize) -> usize {
    dims[axis..].iter().product()
}

#[cfg(test)]
super::conformance::cases!(Concatenate: (axes(1..4), 2..4usize) => |((input, axis), count)| {
    let place = each::axis(axis, input.rank());
    Case::new(Concatenate { axis }, (0..count).map(|k| input.with(place, input.dim(place) + k)))
});
