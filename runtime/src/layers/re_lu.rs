use formwork_shape::layers::ReLU;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for ReLU {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (slope, threshold) = (T::of(self.negative_slope), T::of(self.threshold));
        let top = self.max_value.map_or(T::infinity(), T::of);
        each::map(pass.threads, Write::Overwrite, y[0].data, x[0].data(), |x| {
            // NaN takes the first branch and stays NaN.
            if x < threshold {
                slope * (x - threshold)
            } else if x > top {
                top
            } else {
                x
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let (slope, threshold) = (T::of(self.negative_slope), T::of(self.threshold));
        let top = self.max_value.map_or(T::infinity(), T::of);
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::zip(pass.threads, write, dx, step.x[0].data(), step.dy[0].data(), |x, dy| {
            if x < threshold {
                slope * dy
            } else if x > top || (x == T::zero() && threshold == T::zero()) {
                T::zero()
            } else {
                dy
            }
        });
    }
}

#[cfg(test)]
super::conformance::cases!(ReLU: (shape(1..4), option::of(0.5..1.5), 0.0..1.0, 0.0..0.5) => |(input, max_value, negative_slope, threshold)| {
    Case::new(ReLU { max_value, negative_slope, threshold }, [input])
});
