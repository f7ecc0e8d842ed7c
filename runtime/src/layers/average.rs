use formwork_shape::layers::Average;

use super::{each, merge};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Average {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let share = T::of(1.0 / x.len() as f64);
        merge::forward(pass, x, &mut y[0], |y, x| *y += x);
        each::scale(pass.threads, y[0].data, share);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let share = T::of(1.0 / step.x.len() as f64);
        merge::share(pass, step, &[share]);
    }
}

#[cfg(test)]
super::conformance::cases!(Average: merges(2..5) => |inputs| Case::new(Average {}, inputs));
