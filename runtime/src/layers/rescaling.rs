use formwork_shape::layers::Rescaling;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Rescaling {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (scales, offsets) = (self.scale.as_slice(), self.offset.as_slice());
        if let ([scale], [offset]) = (scales, offsets) {
            let (scale, offset) = (T::of(*scale), T::of(*offset));
            return each::map(pass.threads, Write::Overwrite, y[0].data, x[0].data(), |x| scale * x + offset);
        }
        let width = x[0].last();
        each::parts(pass.threads, y[0].data, width, |row, y| {
            for (k, (y, x)) in y.iter_mut().zip(&x[0].data()[row * width..]).enumerate() {
                *y = number::<T>(scales, k) * *x + number(offsets, k);
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let dy = step.dy[0].data();
        if let [scale] = self.scale.as_slice() {
            let scale = T::of(*scale);
            return each::map(pass.threads, write, dx, dy, |dy| scale * dy);
        }
        let width = step.dy[0].last();
        each::parts(pass.threads, dx, width, |row, dx| {
            for (k, (dx, dy)) in dx.iter_mut().zip(&dy[row * width..]).enumerate() {
                each::put(write, dx, number::<T>(self.scale.as_slice(), k) * *dy);
            }
        });
    }
}

/// The number for place `k` of the last axis.
fn number<T: Real>(numbers: &[f64], k: usize) -> T {
    T::of(numbers[k % numbers.len()])
}

#[cfg(test)]
super::conformance::cases!(Rescaling: (shape(1..4), [(); 2].map(|()| [(); 4].map(|()| -2.0..2.0)), [any::<bool>(); 2]) => |(input, numbers, lists)| {
    let of = |k: usize| formwork_shape::Numbers::of(&numbers[k][..if lists[k] { input.last() } else { 1 }]);
    Case::new(Rescaling { scale: of(0), offset: of(1) }, [input])
});
