use formwork_shape::layers::Reduce;
use formwork_shape::{In, MAX_RANK, Reducer, Shape};

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Reduce {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let plan = Axes::new(self, x[0].shape());
        let (from, to) = (x[0].shape().size(), y[0].shape().size());
        let (data, share) = (x[0].data(), T::one() / T::of(plan.count as f64));
        each::parts(pass.threads, y[0].data, to, |sample, y| {
            let x = &data[sample * from..][..from];
            match self.how {
                Reducer::Sum | Reducer::Mean => {
                    y.fill(T::zero());
                    plan.visit(|i, k| y[k] += x[i]);
                    if self.how == Reducer::Mean {
                        y.iter_mut().for_each(|y| *y *= share);
                    }
                }
                Reducer::Max => plan.best(x, y, |x, y| x > y, T::neg_infinity()),
                Reducer::Min => plan.best(x, y, |x, y| x < y, T::infinity()),
                Reducer::Norm => {
                    y.fill(T::zero());
                    plan.visit(|i, k| y[k] += x[i] * x[i]);
                    y.iter_mut().for_each(|y| *y = y.sqrt());
                }
                Reducer::Prod => y.iter_mut().enumerate().for_each(|(k, y)| {
                    *y = plan.group(k).fold(T::one(), |product, i| product * x[i]);
                }),
                Reducer::Var => y.iter_mut().enumerate().for_each(|(k, y)| *y = plan.variance(x, k).1),
                Reducer::Std => y.iter_mut().enumerate().for_each(|(k, y)| *y = plan.variance(x, k).1.sqrt()),
                Reducer::Logsumexp => y.iter_mut().enumerate().for_each(|(k, y)| {
                    let most = plan.group(k).fold(T::neg_infinity(), |most, i| most.max(x[i]));
                    // Without a finite value there is nothing to take away.
                    let most = if most.is_finite() { most } else { T::zero() };
                    *y = plan.group(k).fold(T::zero(), |sum, i| sum + (x[i] - most).exp()).ln() + most;
                }),
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let (x, y, dy) = (&step.x[0], &step.y[0], &step.dy[0]);
        let plan = Axes::new(self, x.shape());
        let (from, to) = (x.shape().size(), dy.shape().size());
        let share = T::one() / T::of(plan.count as f64);
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::parts(pass.threads, dx, from, |sample, dx| {
            let dy = &dy.data()[sample * to..][..to];
            // Not all of them are kept for sums and variances.
            let values = || &x.data()[sample * from..][..from];
            let results = || &y.data()[sample * to..][..to];
            match self.how {
                Reducer::Sum => plan.visit(|i, k| each::put(write, &mut dx[i], dy[k])),
                Reducer::Mean => plan.visit(|i, k| each::put(write, &mut dx[i], dy[k] * share)),
                Reducer::Max | Reducer::Min => plan.share(values(), results(), dy, dx, write),
                Reducer::Norm => {
                    let (x, y) = (values(), results());
                    plan.visit(|i, k| each::put(write, &mut dx[i], ratio(dy[k] * x[i], y[k])));
                }
                Reducer::Logsumexp => {
                    let (x, y) = (values(), results());
                    plan.visit(|i, k| each::put(write, &mut dx[i], dy[k] * (x[i] - y[k]).exp()));
                }
                Reducer::Var => {
                    let x = values();
                    for (k, dy) in dy.iter().enumerate() {
                        let (mean, slope) = (plan.variance(x, k).0, *dy * (share + share));
                        plan.group(k).for_each(|i| each::put(write, &mut dx[i], slope * (x[i] - mean)));
                    }
                }
                Reducer::Std => {
                    let (x, y) = (values(), results());
                    for (k, dy) in dy.iter().enumerate() {
                        let (mean, slope) = (plan.variance(x, k).0, ratio(*dy * share, y[k]));
                        plan.group(k).for_each(|i| each::put(write, &mut dx[i], slope * (x[i] - mean)));
                    }
                }
                Reducer::Prod => {
                    let (x, y) = (values(), results());
                    plan.visit(|i, k| {
                        let others = || plan.group(k).filter(|j| *j != i).fold(T::one(), |product, j| product * x[j]);
                        // By division, unless a product with 0 has lost the others.
                        let rest = if x[i] == T::zero() || y[k] == T::zero() { others() } else { y[k] / x[i] };
                        each::put(write, &mut dx[i], dy[k] * rest);
                    });
                }
            }
        });
    }
}

/// `a / b`, and 0 where b is 0.
fn ratio<T: Real>(a: T, b: T) -> T {
    if b == T::zero() { T::zero() } else { a / b }
}

/// How the values of a sample fall together.
struct Axes {
    rank: usize,
    dims: [usize; MAX_RANK],
    /// The distance in the output between neighbours of the input; 0 along a reduced axis.
    steps: [usize; MAX_RANK],
    /// How many values become one.
    count: usize,
}

impl Axes {
    fn new(layer: &Reduce, shape: &Shape) -> Axes {
        // The rule has accepted the axes.
        let reduced = layer.reduced(&In::new("", *shape)).unwrap_or([false; MAX_RANK]);
        let mut axes = Axes { rank: shape.rank(), dims: [1; MAX_RANK], steps: [0; MAX_RANK], count: 1 };
        let mut step = 1;
        for k in (0..shape.rank()).rev() {
            axes.dims[k] = shape.dim(k);
            if reduced[k] {
                axes.count *= shape.dim(k);
            } else {
                axes.steps[k] = step;
                step *= shape.dim(k);
            }
        }
        axes
    }

    /// Calls `f` with each place in the input, in order, and its place in the output.
    fn visit(&self, mut f: impl FnMut(usize, usize)) {
        let last = self.rank - 1;
        let (len, step) = (self.dims[last], self.steps[last]);
        let mut index = [0; MAX_RANK];
        let mut to = 0;
        for run in 0..self.dims[..last].iter().product::<usize>() {
            for i in 0..len {
                f(run * len + i, to + i * step);
            }
            for k in (0..last).rev() {
                index[k] += 1;
                to += self.steps[k];
                if index[k] < self.dims[k] {
                    break;
                }
                to -= self.steps[k] * self.dims[k];
                index[k] = 0;
            }
        }
    }

    /// The value that beats all others of its group; NaN beats everything.
    fn best<T: Real>(&self, x: &[T], y: &mut [T], better: impl Fn(T, T) -> bool, start: T) {
        y.fill(start);
        self.visit(|i, k| {
            if better(x[i], y[k]) || x[i].is_nan() {
                y[k] = x[i];
            }
        });
    }

    /// Each gradient goes in equal parts to all values that were the best.
    fn share<T: Real>(&self, x: &[T], y: &[T], dy: &[T], dx: &mut [T], write: Write) {
        self.visit(|i, k| {
            // Ties are rare: their number is counted only where a value is the best.
            let d = if x[i] == y[k] { dy[k] / T::of(self.ties(x, y, k) as f64) } else { T::zero() };
            each::put(write, &mut dx[i], d);
        });
    }

    /// How many values have the best of group `group`.
    fn ties<T: Real>(&self, x: &[T], y: &[T], group: usize) -> usize {
        self.group(group).filter(|i| x[*i] == y[group]).count()
    }

    /// Mean and variance of group `group`.
    fn variance<T: Real>(&self, x: &[T], group: usize) -> (T, T) {
        let count = T::of(self.count as f64);
        let mean = self.group(group).fold(T::zero(), |sum, i| sum + x[i]) / count;
        let squares = self.group(group).fold(T::zero(), |sum, i| sum + (x[i] - mean) * (x[i] - mean));
        (mean, squares / count)
    }

    /// The places of the values that become value `group` of the output.
    fn group(&self, group: usize) -> impl Iterator<Item = usize> {
        let stride = |k: usize| self.dims[k + 1..self.rank].iter().product::<usize>();
        let (mut first, mut rest) = (0, group);
        // The place of the group's first value: reduced axes at 0.
        for k in 0..self.rank {
            if let Some(index) = rest.checked_div(self.steps[k]) {
                first += index * stride(k);
                rest -= index * self.steps[k];
            }
        }
        let mut index = [0; MAX_RANK];
        let strides: [usize; MAX_RANK] = std::array::from_fn(|k| if k < self.rank { stride(k) } else { 0 });
        let mut place = first;
        (0..self.count).map(move |_| {
            let here = place;
            for k in (0..self.rank).rev().filter(|k| self.steps[*k] == 0) {
                index[k] += 1;
                place += strides[k];
                if index[k] < self.dims[k] {
                    break;
                }
                place -= strides[k] * self.dims[k];
                index[k] = 0;
            }
            here
        })
    }
}

#[cfg(test)]
super::conformance::cases!(Reduce: (shape(2..5), any::<(bool, bool, bool)>(), select(vec![Reducer::Sum, Reducer::Mean, Reducer::Max, Reducer::Min, Reducer::Prod, Reducer::Var, Reducer::Std, Reducer::Logsumexp, Reducer::Norm])) => |(input, (keepdims, two, last), how)| {
    let rank = input.rank() as isize;
    let axes: &[isize] = if two && rank > 2 { &[1, -1] } else if last { &[-1] } else { &[1] };
    Case::new(Reduce { axis: formwork_shape::Dims::of(axes), keepdims, how }, [input])
});
