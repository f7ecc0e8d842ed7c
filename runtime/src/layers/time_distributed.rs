use formwork_shape::layers::TimeDistributed;
use formwork_shape::{Layer, Shape};
use smallvec::SmallVec;

use super::{any, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{Grad, View, ViewMut};
use crate::weights::{Parameters, WeightGrads, Weights};

/// Every step of every sample as a sample.
fn steps<'a, T>(views: &[View<'a, T>]) -> SmallVec<[View<'a, T>; 2]>
where
    T: Copy,
{
    views.iter().map(|view| view.steps()).collect()
}

/// Do samples that are computed together depend on one another in training? Then each step is computed by itself.
fn mixes(layer: &TimeDistributed) -> bool {
    matches!(layer.layer.0, Layer::BatchNormalization(_))
}

/// What each step keeps, and room for one of them.
#[derive(Default)]
struct Apart<T> {
    works: Vec<Work>,
    x: Buffer<T>,
    y: Buffer<T>,
    d: Buffer<T>,
}

/// A sequence as `batch` samples of `steps` steps of `size` numbers.
#[derive(Clone, Copy)]
struct Form {
    steps: usize,
    size: usize,
}

impl Form {
    fn of(shape: &Shape) -> Form {
        Form { steps: shape.dim(0), size: shape.remove(0).size() }
    }

    /// Step `step` of every sample.
    fn take<'r, T: Real>(self, from: &[T], step: usize, room: &'r mut Buffer<T>) -> &'r [T] {
        let all = from.chunks_exact(self.size.max(1)).skip(step).step_by(self.steps);
        let room = room.take(from.len() / self.steps.max(1));
        room.chunks_exact_mut(self.size.max(1)).zip(all).for_each(|(to, from)| to.copy_from_slice(from));
        room
    }

    /// Step `step` of every sample becomes, or grows by, `from`.
    fn put<T: Real>(self, from: &[T], step: usize, (to, write): (&mut [T], Write)) {
        let all = to.chunks_exact_mut(self.size.max(1)).skip(step).step_by(self.steps);
        for (to, from) in all.zip(from.chunks_exact(self.size.max(1))) {
            to.iter_mut().zip(from).for_each(|(to, from)| each::put(write, to, *from));
        }
    }
}

impl<T: Real> Kernel<T> for TimeDistributed {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let x = steps(x);
        let pass = Pass { batch: x[0].batch(), ..*pass };
        any(self.layer.0).infer(&pass, weights, &x, &mut [y[0].steps()], work);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        if !mixes(self) {
            let x = steps(x);
            let pass = Pass { batch: x[0].batch(), ..*pass };
            return any(self.layer.0).train(&pass, weights, &x, &mut [y[0].steps()], work);
        }
        let (from, to) = (Form::of(x[0].shape()), Form::of(y[0].shape()));
        let shapes = [x[0].shape().remove(0), y[0].shape().remove(0)];
        let Apart { works, x: room, y: made, .. } = work.of::<Apart<T>>();
        works.resize_with(from.steps, || Work::at(0));
        for (step, work) in works.iter_mut().enumerate() {
            let x = View::numbers(from.take(x[0].data(), step, room), pass.batch, shapes[0]);
            let made = made.take(pass.batch * to.size);
            any(self.layer.0).train(pass, weights, &[x], &mut [ViewMut::new(made, pass.batch, shapes[1])], work);
            to.put(made, step, (&mut *y[0].data, Write::Overwrite));
        }
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        if !mixes(self) {
            let (x, y, dy) = (steps(step.x), steps(step.y), steps(step.dy));
            let pass = Pass { batch: x[0].batch(), ..*pass };
            let step = Backward { x: &x, y: &y, dy: &dy, dx: step.dx, dw: step.dw };
            return any(self.layer.0).backward(&pass, weights, step, work);
        }
        let (trained, write) = (step.dw.is_wanted(), step.dw.write());
        let dw = step.dw.next(weights.trainable_len());
        let (from, to) = (Form::of(step.x[0].shape()), Form::of(step.dy[0].shape()));
        let shapes = [step.x[0].shape().remove(0), step.dy[0].shape().remove(0)];
        let mut target = step.dx[0].target();
        let Apart { works, x: room, y: room_of_dy, d } = work.of::<Apart<T>>();
        for (place, work) in works.iter_mut().enumerate() {
            let x = [View::numbers(from.take(step.x[0].data(), place, room), pass.batch, shapes[0])];
            let dy = [View::numbers(to.take(step.dy[0].data(), place, room_of_dy), pass.batch, shapes[1])];
            let d = d.take(pass.batch * from.size);
            let wanted = target.is_some();
            let mut dx = [if wanted { Grad::new(&mut *d, Write::Overwrite) } else { Grad::unread() }];
            let dw = WeightGrads::new(&mut *dw, if place == 0 { write } else { Write::Add }).wanted_if(trained);
            any(self.layer.0).backward(pass, weights, Backward { x: &x, y: &[], dy: &dy, dx: &mut dx, dw }, work);
            if let Some((dx, write)) = &mut target {
                from.put(d, place, (&mut **dx, *write));
            }
        }
    }
}

#[cfg(test)]
super::conformance::cases!(TimeDistributed: (shape(2..4), 0..5usize) => |(input, which)| {
    use formwork_shape::{Inner, layers};
    const INNER: [Layer; 5] = [
        Layer::Dense(layers::Dense { units: 3, ..layers::Dense::TEMPLATE }),
        Layer::Softmax(layers::Softmax::TEMPLATE),
        Layer::LayerNormalization(layers::LayerNormalization::TEMPLATE),
        Layer::Dropout(layers::Dropout { rate: 0.3, ..layers::Dropout::TEMPLATE }),
        Layer::BatchNormalization(layers::BatchNormalization::TEMPLATE),
    ];
    Case::new(TimeDistributed { layer: Inner(&INNER[which]) }, [input])
});
