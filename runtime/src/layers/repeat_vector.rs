use formwork_shape::layers::RepeatVector;

use super::spread;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for RepeatVector {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let shape = *y[0].shape();
        spread::fold(pass.threads, y[0].data, &shape, &x[0], |_, y, x| *y = x);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        let dy = &step.dy[0];
        spread::gather(pass.threads, target, step.x[0].shape(), dy.data(), dy.shape(), T::one());
    }
}

#[cfg(test)]
super::conformance::cases!(RepeatVector: (shape(1..2), 1..5usize) => |(input, n)| Case::new(RepeatVector { n }, [input]));
