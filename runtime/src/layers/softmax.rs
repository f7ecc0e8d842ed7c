use formwork_shape::Activation;
use formwork_shape::layers::Softmax;

use super::norm::{Moved, Order};
use super::{activate, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut, unmasked};
use crate::weights::Weights;

/// A masked score: so low that its share is 0, unless all are masked.
const MASKED: f64 = -1e9;

/// Room for scores with a mask, and for tensors with the axes of the sums last.
#[derive(Default)]
struct Room<T> {
    masked: Buffer<T>,
    moved: Moved<T>,
}

impl<T: Real> Kernel<T> for Softmax {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let (inputs, mask) = unmasked(x);
        let (x, y) = (&inputs[0], &mut *y[0].data);
        let Room { masked, moved } = work.of::<Room<T>>();
        let order = Order::new(self.axis.as_slice(), x.shape());
        let shares = |x: &[T], y: &mut [T]| {
            y.copy_from_slice(x);
            activate::forward(pass.threads, Activation::Softmax, y, order.run);
        };
        let Some(mask) = mask else { return order.forward(pass.threads, x, y, moved, shares) };
        let scores = masked.take(y.len());
        let score = |x, valid| if valid == T::zero() { T::of(MASKED) } else { x };
        each::zip(pass.threads, Write::Overwrite, scores, x.data(), mask, score);
        order.forward(pass.threads, &View::numbers(scores, x.batch(), *x.shape()), y, moved, shares);
        // Where all are masked, they have had equal shares.
        each::parts(pass.threads, y, x.shape().size(), |sample, y| {
            let mask = &mask[sample * y.len()..][..y.len()];
            y.iter_mut().zip(mask).filter(|(_, valid)| **valid == T::zero()).for_each(|(y, _)| *y = T::zero());
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some(dx) = step.dx[0].target() else { return };
        let order = Order::new(self.axis.as_slice(), step.y[0].shape());
        let moved = &mut work.of::<Room<T>>().moved;
        // dx = y (dy - Σ y dy)
        order.backward(pass.threads, (&step.y[0], &step.dy[0]), Some(dx), moved, |(y, dy), dx| {
            let Some((dx, write)) = dx else { return };
            each::parts(pass.threads, dx, order.run, |part, dx| {
                let at = part * order.run..(part + 1) * order.run;
                let (y, dy) = (&y[at.clone()], &dy[at]);
                let sum = each::sum_of([y, dy], |[y, dy]| y * dy);
                for (dx, (y, dy)) in dx.iter_mut().zip(y.iter().zip(dy)) {
                    each::put(write, dx, *y * (*dy - sum));
                }
            });
        });
    }
}

#[cfg(test)]
super::conformance::cases!(Softmax: (some_axes(1..4), any::<bool>()) => |((input, axis), masked)| {
    Case::new(Softmax { axis }, [input]).masked_by(masked.then_some(input))
});
