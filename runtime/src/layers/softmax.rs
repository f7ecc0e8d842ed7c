use formwork_shape::layers::Softmax;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut, unmasked};
use crate::weights::Weights;

/// A masked score: so low that its share is 0, unless all are masked.
const MASKED: f64 = -1e9;

impl<T: Real> Kernel<T> for Softmax {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (_, n, inner) = each::around(x[0].shape(), each::axis(self.axis, x[0].shape().rank()));
        y[0].data.copy_from_slice(x[0].data());
        if let (_, Some(mask)) = unmasked(x) {
            let masked = |y, valid| if valid == T::zero() { T::of(MASKED) } else { y };
            each::zip(pass.threads, Write::Overwrite, y[0].data, x[0].data(), mask, masked);
        }
        each::parts(pass.threads, y[0].data, n * inner, |_, y| {
            for start in 0..inner {
                normalize(&mut y[start..], inner);
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let (y, dy) = (&step.y[0], &step.dy[0]);
        let (_, mask) = unmasked(step.x);
        let (_, n, inner) = each::around(y.shape(), each::axis(self.axis, y.shape().rank()));
        // dx = y (dy - Σ y dy)
        each::parts(pass.threads, dx, n * inner, |part, dx| {
            let at = part * n * inner;
            let (y, dy) = (&y.data()[at..][..dx.len()], &dy.data()[at..][..dx.len()]);
            for start in 0..inner {
                let places = (start..dx.len()).step_by(inner);
                let sum = places.clone().fold(T::zero(), |sum, k| sum + y[k] * dy[k]);
                for k in places {
                    let masked = mask.is_some_and(|mask| mask[at + k] == T::zero());
                    let d = if masked { T::zero() } else { y[k] * (dy[k] - sum) };
                    each::put(write, &mut dx[k], d);
                }
            }
        });
    }
}

/// Softmax of every `step`-th element. The largest is taken off first, so that nothing overflows.
fn normalize<T: Real>(values: &mut [T], step: usize) {
    let largest = values.iter().step_by(step).fold(T::neg_infinity(), |largest, value| largest.max(*value));
    let mut sum = T::zero();
    for value in values.iter_mut().step_by(step) {
        *value = (*value - largest).exp();
        sum += *value;
    }
    for value in values.iter_mut().step_by(step) {
        *value /= sum;
    }
}

#[cfg(test)]
super::conformance::cases!(Softmax: (axes(1..4), any::<bool>()) => |((input, axis), masked)| {
    Case::new(Softmax { axis }, [input]).masked_by(masked.then_some(input))
});
