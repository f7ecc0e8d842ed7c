use formwork_shape::layers::UnitNormalization;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for UnitNormalization {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (_, n, inner) = each::around(x[0].shape(), each::axis(self.axis, x[0].shape().rank()));
        each::parts(pass.threads, y[0].data, n * inner, |part, y| {
            let x = &x[0].data()[part * n * inner..][..n * inner];
            for start in 0..inner {
                let inverse = inverse_length(&x[start..], inner);
                for k in (start..n * inner).step_by(inner) {
                    y[k] = x[k] * inverse;
                }
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let (x, dy) = (&step.x[0], step.dy[0].data());
        let (_, n, inner) = each::around(x.shape(), each::axis(self.axis, x.shape().rank()));
        // With u = x / |x|: dx = (dy - u Σ u dy) / |x|
        each::parts(pass.threads, dx, n * inner, |part, dx| {
            let at = part * n * inner;
            let (x, dy) = (&x.data()[at..][..n * inner], &dy[at..][..n * inner]);
            for start in 0..inner {
                let inverse = inverse_length(&x[start..], inner);
                let places = (start..n * inner).step_by(inner);
                let along = places.clone().fold(T::zero(), |sum, k| sum + x[k] * inverse * dy[k]);
                for k in places {
                    each::put(write, &mut dx[k], (dy[k] - x[k] * inverse * along) * inverse);
                }
            }
        });
    }
}

/// 1 / |x| of every `step`-th element, at most 10¹².
fn inverse_length<T: Real>(x: &[T], step: usize) -> T {
    let squares = x.iter().step_by(step).fold(T::zero(), |sum, x| sum + *x * *x);
    squares.sqrt().recip().min(T::of(1e12))
}

#[cfg(test)]
super::conformance::cases!(UnitNormalization: axes(1..4) => |(input, axis)| Case::new(UnitNormalization { axis }, [input]));
