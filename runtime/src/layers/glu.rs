use formwork_shape::Activation;
use formwork_shape::layers::Glu;

use super::{activate, each};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::{activation, scratch};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Glu {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let half = half(self, &x[0]);
        let (x, level) = (x[0].data(), pass.threads.level());
        each::parts(pass.threads, y[0].data, half, |place, y| {
            let (a, b) = x[2 * place * half..][..2 * half].split_at(half);
            y.copy_from_slice(b);
            activation::forward(level, Activation::Sigmoid, y, half);
            y.iter_mut().zip(a).for_each(|(y, a)| *y *= *a);
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let half = half(self, &step.x[0]);
        let (x, dy, level) = (step.x[0].data(), step.dy[0].data(), pass.threads.level());
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::parts(pass.threads, dx, 2 * half, |place, dx| {
            let (a, b) = x[2 * place * half..][..2 * half].split_at(half);
            let (da, db) = dx.split_at_mut(half);
            scratch::elements(half, |gate: &mut [T]| {
                gate.copy_from_slice(b);
                activation::forward(level, Activation::Sigmoid, gate, half);
                let slopes = activate::products(&dy[place * half..], gate);
                da.iter_mut().zip(slopes).for_each(|(da, slope)| each::put(write, da, slope));
                let terms = db.iter_mut().zip(a).zip(activate::products(&dy[place * half..], gate).zip(gate.iter()));
                terms.for_each(|((db, a), (slope, gate))| each::put(write, db, slope * *a * (T::one() - *gate)));
            });
        });
    }
}

/// How many elements half of the axis has, with all after it.
fn half<T: Real>(layer: &Glu, x: &View<'_, T>) -> usize {
    let (_, length, after) = each::around(x.shape(), each::axis(layer.axis, x.shape().rank()));
    length / 2 * after
}

#[cfg(test)]
super::conformance::cases!(Glu: axes(1..4) => |(input, axis)| {
    let k = each::axis(axis, input.rank());
    Case::new(Glu { axis }, [input.with(k, 2 * input.dim(k))])
});
