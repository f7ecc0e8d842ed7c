//! Layers of one's own.

use formwork::__private::ShapeValue;
use formwork::__private::shape::{Initializer, WeightSpec};
use formwork::kernel::Pass;
use formwork::kernels::gemm::Write;
use formwork::layer::{Backward, Layer};
use formwork::prelude::Real;
use formwork::random::Random;
use formwork::types::Dim;
use formwork::weights::Weights;
use formwork::{View, ViewMut, dim};

/// Of four numbers and a trained scale: the first two times the scale, and the squares of the last two.
pub struct Halves;

impl Halves {
    pub const fn layer() {}
}

impl Layer<((dim!(4),),)> for Halves {
    type Out = ((dim!(2),), (dim!(2),));
    type Config = ();
    type Weights<T: Real> = Weights<T>;
    type Work<T: Real> = ();
    const PARAMS: usize = 1;

    fn init<T: Real>((): &(), random: &mut Random) -> Weights<T> {
        let spec = WeightSpec {
            name: "scale",
            shape: ShapeValue::new(&[1]),
            initializer: Initializer::Constant(0.7),
            trainable: true,
        };
        Weights::new(&[spec], random)
    }

    fn infer<T: Real>(
        (): &(),
        _: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        (): &mut (),
    ) {
        let scale = weights.data(0)[0];
        let [first, second] = y else { unreachable!("it has two outputs") };
        let rows = first.data.chunks_exact_mut(2).zip(second.data.chunks_exact_mut(2));
        for (x, (first, second)) in x[0].data().chunks_exact(4).zip(rows) {
            for k in 0..2 {
                first[k] = x[k] * scale;
                second[k] = x[k + 2] * x[k + 2];
            }
        }
    }

    fn backward<T: Real>((): &(), _: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, (): &mut ()) {
        let scale = weights.data(0)[0];
        let x = step.x[0].data();
        let (first, second) = (step.dy[0].data(), step.dy[1].data());
        let slope = first.iter().enumerate().fold(T::zero(), |sum, (k, dy)| sum + *dy * x[k / 2 * 4 + k % 2]);
        let write = step.dw.write();
        put(write, &mut step.dw.next(1)[0], slope);
        let Some((dx, write)) = step.dx[0].target() else { return };
        for (row, dx) in dx.chunks_exact_mut(4).enumerate() {
            for k in 0..2 {
                put(write, &mut dx[k], first[2 * row + k] * scale);
                put(write, &mut dx[k + 2], (second[2 * row + k] * x[4 * row + k + 2]) * T::of(2.0));
            }
        }
    }
}

/// Every number of a sequence twice as large.
pub struct Twice;

impl Twice {
    pub const fn layer() {}
}

impl<Time: Dim, Features: Dim> Layer<((Time, Features),)> for Twice {
    type Out = ((Time, Features),);
    type Config = ();
    type Weights<T: Real> = Weights<T>;
    type Work<T: Real> = ();
    const PARAMS: usize = 0;

    fn init<T: Real>((): &(), _: &mut Random) -> Weights<T> {
        Weights::none()
    }

    fn infer<T: Real>((): &(), _: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], (): &mut ()) {
        y[0].data.iter_mut().zip(x[0].data()).for_each(|(y, x)| *y = *x + *x);
    }

    fn backward<T: Real>((): &(), _: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, (): &mut ()) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        dx.iter_mut().zip(step.dy[0].data()).for_each(|(dx, dy)| put(write, dx, *dy + *dy));
    }
}

fn put<T: Real>(write: Write, to: &mut T, value: T) {
    match write {
        Write::Overwrite => *to = value,
        Write::Add => *to += value,
    }
}
