use formwork_shape::{Shape, layers};

use super::{columns, each, spread};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { PReLU { alpha / alpha_mut: IxDyn } }

/// The slopes, one for each place of a sample, and room for their gradients.
#[derive(Default)]
struct Slopes<T> {
    alpha: Buffer<T>,
    partial: Buffer<T>,
}

impl<T: Real> Kernel<T> for layers::PReLU {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let size = x[0].shape().size();
        let alpha = slopes(pass, weights, x[0].shape(), &mut work.of::<Slopes<T>>().alpha);
        each::parts(pass.threads, y[0].data, size, |sample, y| {
            let x = &x[0].data()[sample * size..][..size];
            for ((y, x), alpha) in y.iter_mut().zip(x).zip(&*alpha) {
                *y = if *x > T::zero() { *x } else { *alpha * *x };
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let shape = *step.dy[0].shape();
        let size = shape.size();
        let Slopes { alpha, partial } = work.of::<Slopes<T>>();
        let (x, dy) = (step.x[0].data(), step.dy[0].data());
        if let Some((dx, write)) = step.dx[0].target() {
            let alpha = slopes(pass, weights, &shape, alpha);
            each::parts(pass.threads, dx, size, |sample, dx| {
                let (x, dy) = (&x[sample * size..][..size], &dy[sample * size..][..size]);
                for k in 0..size {
                    each::put(write, &mut dx[k], if x[k] > T::zero() { dy[k] } else { alpha[k] * dy[k] });
                }
            });
        }
        let sums = columns::sums(pass.threads, step.dy[0].batch(), size, partial, |sample, sums| {
            let (x, dy) = (&x[sample * size..][..size], &dy[sample * size..][..size]);
            for ((sum, x), dy) in sums.iter_mut().zip(x).zip(dy) {
                *sum += if *x > T::zero() { T::zero() } else { *x * *dy };
            }
        });
        let target = (step.dw.next(weights.data(0).len()), step.dw.write());
        spread::gather(pass.threads, target, &alpha_shape(weights), sums, &shape, T::one());
    }
}

fn alpha_shape<T: Real>(weights: &Weights<T>) -> Shape {
    Shape::new(weights.variables()[0].shape())
}

/// alpha, repeated along the axes that share it.
fn slopes<'a, T: Real>(pass: &Pass<'_>, weights: &Weights<T>, shape: &Shape, room: &'a mut Buffer<T>) -> &'a mut [T] {
    let all = room.take(shape.size());
    let alpha = View::numbers(weights.data(0), 1, alpha_shape(weights));
    spread::fold(pass.threads, all, shape, &alpha, |_, all, alpha| *all = alpha);
    all
}

#[cfg(test)]
super::conformance::cases!(PReLU: (shape(1..4), any::<bool>()) => |(input, shared)| {
    let shared_axes = shared.then(|| formwork_shape::Dims::of(&[1]));
    Case::new(layers::PReLU { shared_axes, ..layers::PReLU::TEMPLATE }, [input])
});
