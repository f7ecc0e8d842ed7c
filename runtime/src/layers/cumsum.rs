use formwork_shape::layers::Cumsum;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Cumsum {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let shape = x[0].shape();
        let (_, len, inner) = each::around(shape, each::axis(self.axis, shape.rank()));
        let x = x[0].data();
        each::parts(pass.threads, y[0].data, len * inner, |part, y| {
            y.copy_from_slice(&x[part * y.len()..][..y.len()]);
            for i in inner..y.len() {
                y[i] += y[i - inner];
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let shape = step.x[0].shape();
        let (_, len, inner) = each::around(shape, each::axis(self.axis, shape.rank()));
        let dy = step.dy[0].data();
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::parts(pass.threads, dx, len * inner, |part, dx| {
            let dy = &dy[part * dx.len()..][..dx.len()];
            // A place counts in its own sum and in all that follow: the gradients are summed from the end.
            for column in 0..inner {
                let mut sum = T::zero();
                for i in (column..dx.len()).step_by(inner).rev() {
                    sum += dy[i];
                    each::put(write, &mut dx[i], sum);
                }
            }
        });
    }
}

#[cfg(test)]
super::conformance::cases!(Cumsum: axes(1..5) => |(input, axis)| Case::new(Cumsum { axis }, [input]));
