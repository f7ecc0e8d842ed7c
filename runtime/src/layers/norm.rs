//! What the normalisations along some axes share.

use formwork_shape::{MAX_RANK, Shape, layers};
use smallvec::SmallVec;

use super::{columns, each, spread};
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::{Routine, Write};
use crate::view::{View, ViewMut};
use crate::weights::Weights;
use crate::{Real, Threads};

/// The axes of a tensor in an order in which those of the statistics come last, counted from 1.
#[derive(Clone)]
pub(super) struct Order {
    axes: SmallVec<[isize; MAX_RANK]>,
    /// The elements of the last ones.
    pub run: usize,
    moved: bool,
}

impl Order {
    /// `last` is counted as Keras does.
    pub fn new(last: &[isize], shape: &Shape) -> Order {
        let last: SmallVec<[usize; MAX_RANK]> = last.iter().map(|axis| each::axis(*axis, shape.rank())).collect();
        let others = (0..shape.rank()).filter(|axis| !last.contains(axis));
        let order: SmallVec<[usize; MAX_RANK]> = others.chain(last.iter().copied()).collect();
        Order {
            run: last.iter().map(|axis| shape.dim(*axis)).product(),
            moved: !order.is_sorted(),
            axes: order.into_iter().map(|axis| axis as isize + 1).collect(),
        }
    }

    /// `work` from a tensor in this order to one in this order.
    pub fn forward<T: Real>(
        &self,
        threads: &Threads,
        x: &View<'_, T>,
        y: &mut [T],
        room: &mut Moved<T>,
        work: impl FnOnce(&[T], &mut [T]),
    ) {
        if !self.moved {
            return work(x.data(), y);
        }
        let (from, to) = (room.x.take(y.len()), room.y.take(y.len()));
        spread::permute(threads, x, from, &self.axes);
        work(from, to);
        spread::permute_back(threads, (y, Write::Overwrite), x.shape(), to, &self.axes);
    }

    /// `work` from a tensor and a gradient in this order to a gradient in this order.
    pub fn backward<T: Real>(
        &self,
        threads: &Threads,
        (x, dy): (&View<'_, T>, &View<'_, T>),
        dx: Option<(&mut [T], Write)>,
        room: &mut Moved<T>,
        work: impl FnOnce((&[T], &[T]), Option<(&mut [T], Write)>),
    ) {
        if !self.moved {
            return work((x.data(), dy.data()), dx);
        }
        let len = x.data().len();
        let (from, gradient, to) = (room.x.take(len), room.y.take(len), room.dx.take(len));
        spread::permute(threads, x, from, &self.axes);
        spread::permute(threads, dy, gradient, &self.axes);
        let wanted = dx.is_some();
        work((from, gradient), wanted.then_some((&mut *to, Write::Overwrite)));
        if let Some(dx) = dx {
            spread::permute_back(threads, dx, x.shape(), to, &self.axes);
        }
    }
}

/// Room for tensors in another order.
#[derive(Default)]
pub(super) struct Moved<T> {
    x: Buffer<T>,
    y: Buffer<T>,
    dx: Buffer<T>,
}

/// Room for a normalisation over any axes.
#[derive(Default)]
struct Along<T> {
    room: Room<T>,
    moved: Moved<T>,
}

/// A layer that normalises each sample over some of its axes. This is all that differs between them.
pub(super) trait Normalizes {
    /// The axes of a group, counted as Keras does.
    fn axes(&self) -> &[isize];

    /// How each run of so many elements is normalised. The first weight is gamma, if there is one.
    fn norm<'w, T: Real>(&self, weights: &'w Weights<T>, run: usize) -> Norm<'w, T>;
}

macro_rules! kernels {
    ($($layer:ident)*) => { $(
        impl<T: Real> Kernel<T> for layers::$layer {
            fn infer(
                &self,
                pass: &Pass<'_>,
                weights: &Weights<T>,
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                work: &mut Work,
            ) {
                let order = Order::new(self.axes(), x[0].shape());
                let norm = self.norm(weights, order.run);
                let Along { moved, .. } = work.of::<Along<T>>();
                order.forward(pass.threads, &x[0], y[0].data, moved, |x, y| norm.forward(pass.threads, x, y));
            }

            fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
                let order = Order::new(self.axes(), step.x[0].shape());
                let norm = self.norm(weights, order.run);
                let write = step.dw.write();
                let gamma = norm.gamma.map(|gamma| step.dw.next(gamma.len()));
                let beta = norm.beta.map(|beta| step.dw.next(beta.len()));
                let targets = Targets { gamma, beta, write };
                let Along { room, moved } = work.of::<Along<T>>();
                order.backward(pass.threads, (&step.x[0], &step.dy[0]), step.dx[0].target(), moved, |(x, dy), dx| {
                    norm.backward(pass.threads, (x, dy), dx, targets, room);
                });
            }
        }
    )* };
}

kernels! { LayerNormalization RMSNormalization }

/// The normalisation of runs of one length with their weights: `y = gamma (x - mean) / √(variance + epsilon) + beta`.
pub(super) struct Norm<'a, T> {
    /// The elements of a run, which has one mean and one variance.
    pub run: usize,
    /// Is the mean taken off? Without it the mean square stands for the variance.
    pub centred: bool,
    pub epsilon: f64,
    pub gamma: Option<&'a [T]>,
    pub beta: Option<&'a [T]>,
}

/// Room for the statistics of runs, and for sums.
#[derive(Default)]
struct Room<T> {
    runs: Buffer<[T; 2]>,
    partial: Buffer<T>,
}

/// Where the gradients of the weights go, those that there are.
struct Targets<'a, T> {
    gamma: Option<&'a mut [T]>,
    beta: Option<&'a mut [T]>,
    write: Write,
}

impl<T: Real> Norm<'_, T> {
    fn forward(&self, threads: &Threads, x: &[T], y: &mut [T]) {
        each::parts(threads, y, self.run, |index, y| {
            threads.level().run(Forward { norm: self, x: &x[index * self.run..][..self.run], y });
        });
    }

    fn backward(
        &self,
        threads: &Threads,
        (x, dy): (&[T], &[T]),
        dx: Option<(&mut [T], Write)>,
        dw: Targets<'_, T>,
        room: &mut Room<T>,
    ) {
        let run = self.run;
        if run == 0 {
            return;
        }
        let level = threads.level();
        let of = |index: usize| (&x[index * run..][..run], &dy[index * run..][..run]);
        let statistics = room.runs.take(x.len() / run);
        each::parts_of(threads, statistics, 1, run, |index, statistics| {
            level.run(Describe { norm: self, x: of(index).0, statistics: &mut statistics[0] });
        });
        let statistics = &*statistics;

        // Σ dy x̂ and Σ dy, side by side
        let sums = columns::sums(threads, x.len() / run, 2 * run, &mut room.partial, |index, sums| {
            let (x, dy) = of(index);
            level.run(Sums { x, dy, statistics: statistics[index], sums });
        });
        let (normed, plain) = sums.split_at(run);
        for (target, sums) in [(dw.gamma, normed), (dw.beta, plain)] {
            let targets = target.into_iter().flatten();
            targets.zip(sums).for_each(|(target, sum)| each::put(dw.write, target, *sum));
        }

        let Some((dx, write)) = dx else { return };
        each::parts(threads, dx, run, |index, dx| {
            let (x, dy) = of(index);
            level.run(Back { norm: self, x, dy, statistics: statistics[index], dx, write });
        });
    }

    /// The mean of a run, and 1 / √(variance + epsilon).
    #[inline(always)]
    fn statistics(&self, x: &[T]) -> [T; 2] {
        let count = T::of(x.len() as f64);
        let mean = if self.centred { each::sum(x) / count } else { T::zero() };
        let squares = each::sum_of([x], |[x]| (x - mean) * (x - mean));
        [mean, (squares / count + T::of(self.epsilon)).sqrt().recip()]
    }
}

/// One run, forward.
struct Forward<'a, T> {
    norm: &'a Norm<'a, T>,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Real> Routine for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Forward { norm, x, y } = self;
        let [mean, inverse] = norm.statistics(x);
        let normed = x.iter().map(|x| (*x - mean) * inverse);
        if let (Some(gamma), Some(beta)) = (norm.gamma, norm.beta) {
            let terms = normed.zip(gamma.iter().zip(beta));
            return y.iter_mut().zip(terms).for_each(|(y, (x, (&gamma, &beta)))| *y = x * gamma + beta);
        }
        y.iter_mut().zip(normed).for_each(|(y, x)| *y = x);
        if let Some(gamma) = norm.gamma {
            y.iter_mut().zip(gamma).for_each(|(y, gamma)| *y *= *gamma);
        }
        if let Some(beta) = norm.beta {
            y.iter_mut().zip(beta).for_each(|(y, beta)| *y += *beta);
        }
    }
}

/// The statistics of a run.
struct Describe<'a, T> {
    norm: &'a Norm<'a, T>,
    x: &'a [T],
    statistics: &'a mut [T; 2],
}

impl<T: Real> Routine for Describe<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        *self.statistics = self.norm.statistics(self.x);
    }
}

/// What one run adds to the gradients of gamma and beta.
struct Sums<'a, T> {
    x: &'a [T],
    dy: &'a [T],
    statistics: [T; 2],
    sums: &'a mut [T],
}

impl<T: Real> Routine for Sums<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Sums { x, dy, statistics: [mean, inverse], sums } = self;
        let (normed, plain) = sums.split_at_mut(x.len());
        let terms = dy.iter().zip(x).map(|(dy, x)| *dy * (*x - mean) * inverse);
        normed.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        plain.iter_mut().zip(dy).for_each(|(sum, dy)| *sum += *dy);
    }
}

/// One run, backward. With h = dy gamma: dx = (h - mean(h) - x̂ mean(h x̂)) / σ
struct Back<'a, T> {
    norm: &'a Norm<'a, T>,
    x: &'a [T],
    dy: &'a [T],
    statistics: [T; 2],
    dx: &'a mut [T],
    write: Write,
}

impl<T: Real> Routine for Back<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Back { norm, x, dy, statistics: [mean, inverse], dx, write } = self;
        let count = T::of(x.len() as f64);
        let (push, pull) = match norm.gamma {
            Some(gamma) => (
                each::sum_of([dy, gamma], |[dy, gamma]| dy * gamma),
                each::sum_of([dy, gamma, x], |[dy, gamma, x]| dy * gamma * (x - mean) * inverse),
            ),
            None => (each::sum(dy), each::sum_of([dy, x], |[dy, x]| dy * (x - mean) * inverse)),
        };
        let push = if norm.centred { push / count } else { T::zero() };
        let pull = pull / count * inverse;
        let slope = |h: T, x: T| inverse * (h - push - (x - mean) * pull);
        let terms = x.iter().zip(dy);
        match norm.gamma {
            Some(gamma) => {
                let terms = terms.zip(gamma).map(|((x, dy), gamma)| slope(*dy * *gamma, *x));
                put_all(write, dx, terms);
            }
            None => put_all(write, dx, terms.map(|(x, dy)| slope(*dy, *x))),
        }
    }
}

#[inline(always)]
fn put_all<T: Real>(write: Write, to: &mut [T], values: impl Iterator<Item = T>) {
    match write {
        Write::Overwrite => to.iter_mut().zip(values).for_each(|(to, value)| *to = value),
        Write::Add => to.iter_mut().zip(values).for_each(|(to, value)| *to += value),
    }
}
