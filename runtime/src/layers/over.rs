use formwork_shape::layers::Over;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Over {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let number = T::of(self.number);
        each::map(pass.threads, Write::Overwrite, y[0].data, x[0].data(), |x| number / x);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let number = T::of(self.number);
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::zip(pass.threads, write, dx, step.x[0].data(), step.dy[0].data(), |x, dy| -(number / x) / x * dy);
    }
}

#[cfg(test)]
super::conformance::cases!(Over: (shape(1..4), -2.0..2.0) => |(input, number)| Case::new(Over { number }, [input]));
