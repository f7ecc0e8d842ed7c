use formwork_shape::layers::Minimum;

use super::extreme;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Minimum {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        extreme::forward(pass, x, &mut y[0], |x, y| x < y);
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        extreme::forward(pass, x, &mut y[0], |x, y| x < y);
        extreme::note(pass, x, y[0].data, y[0].shape(), work);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        extreme::backward(pass, step, work);
    }
}

#[cfg(test)]
super::conformance::cases!(Minimum: merges(2..4) => |inputs| Case::new(Minimum {}, inputs));
