use formwork_shape::layers::Subtract;

use super::merge;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Subtract {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        merge::forward(pass, x, &mut y[0], |y, x| *y -= x);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        merge::share(pass, step, &[T::one(), -T::one()]);
    }
}

#[cfg(test)]
super::conformance::cases!(Subtract: merges(2..3) => |inputs| Case::new(Subtract {}, inputs));
