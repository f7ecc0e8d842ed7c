//! Element-wise work on tensors of different shapes: an axis of length 1 is repeated.

use formwork_shape::{MAX_RANK, Shape};

use super::each;
use crate::kernels::Write;
use crate::view::View;
use crate::{Real, Threads};

/// How a sample of an input lies under a sample of the output. Shapes meet from the last axis.
struct Spread {
    rank: usize,
    /// The lengths of the output.
    dims: [usize; MAX_RANK],
    /// The distance between neighbours in the input; 0 where it is repeated.
    steps: [usize; MAX_RANK],
}

impl Spread {
    fn new(x: &Shape, y: &Shape) -> Spread {
        let rank = y.rank();
        let mut spread = Spread { rank, dims: [1; MAX_RANK], steps: [0; MAX_RANK] };
        spread.dims[..rank].copy_from_slice(y.dims());
        let mut step = 1;
        for (k, dim) in x.dims().iter().enumerate().rev() {
            let place = rank - x.rank() + k;
            spread.steps[place] = if *dim == 1 { 0 } else { step };
            step *= dim;
        }
        spread
    }

    /// Axis `k` of the output is axis `axes[k]` of the input, counted from 1.
    fn permuted(x: &Shape, axes: &[isize]) -> Spread {
        let mut spread = Spread { rank: axes.len(), dims: [1; MAX_RANK], steps: [0; MAX_RANK] };
        for (k, axis) in axes.iter().enumerate() {
            let axis = *axis as usize - 1;
            spread.dims[k] = x.dim(axis);
            spread.steps[k] = x.dims()[axis + 1..].iter().product();
        }
        spread
    }

    /// Calls `run` for each run along the last axis: where it starts in the output and in the input, its length, and
    /// the distance between neighbours in the input.
    fn runs(&self, mut run: impl FnMut(usize, usize, usize, usize)) {
        let outer = self.rank.saturating_sub(1);
        let (len, step) = if self.rank == 0 { (1, 0) } else { (self.dims[outer], self.steps[outer]) };
        let mut index = [0; MAX_RANK];
        let mut from = 0;
        for count in 0..self.dims[..outer].iter().product() {
            run(count * len, from, len, step);
            for k in (0..outer).rev() {
                index[k] += 1;
                from += self.steps[k];
                if index[k] < self.dims[k] {
                    break;
                }
                from -= self.steps[k] * self.dims[k];
                index[k] = 0;
            }
        }
    }
}

/// Calls `f` with the index and the place of every element of `out`, which has `shape`, and the value of `x` there.
pub(super) fn fold<T: Real, O: Send>(
    threads: &Threads,
    out: &mut [O],
    shape: &Shape,
    x: &View<'_, T>,
    f: impl Fn(usize, &mut O, T) + Sync,
) {
    let data = x.data();
    if x.shape().size() == shape.size() {
        each::split(threads, out, |first, out| {
            for (i, (out, x)) in out.iter_mut().zip(&data[first..]).enumerate() {
                f(first + i, out, *x);
            }
        });
        return;
    }
    let (spread, size) = (Spread::new(x.shape(), shape), x.shape().size());
    each::parts(threads, out, shape.size(), |sample, out| {
        let (x, first) = (&data[sample * size..][..size], sample * shape.size());
        spread.runs(|start, from, len, step| {
            let out = out[start..start + len].iter_mut().enumerate();
            if step == 0 {
                out.for_each(|(i, out)| f(first + start + i, out, x[from]));
            } else {
                out.zip(&x[from..]).for_each(|((i, out), x)| f(first + start + i, out, *x));
            }
        });
    });
}

/// `dx` becomes, or grows by, `scale` times the gradient `d` of an output of `shape`, summed over repeated axes.
pub(super) fn gather<T: Real>(
    threads: &Threads,
    (dx, write): (&mut [T], Write),
    x: &Shape,
    d: &[T],
    shape: &Shape,
    scale: T,
) {
    if x.size() == shape.size() {
        return each::map(threads, write, dx, d, |d| scale * d);
    }
    let spread = Spread::new(x, shape);
    each::parts_of(threads, dx, x.size(), shape.size(), |sample, dx| {
        if write == Write::Overwrite {
            dx.fill(T::zero());
        }
        let d = &d[sample * shape.size()..][..shape.size()];
        spread.runs(|start, from, len, step| {
            let d = &d[start..start + len];
            if step == 0 {
                dx[from] += scale * each::sum(d);
            } else {
                dx[from..from + len].iter_mut().zip(d).for_each(|(dx, &d)| *dx += scale * d);
            }
        });
    });
}

/// `y` is `x` with its axes in another order, as [`Spread::permuted`] says.
pub(super) fn permute<T: Real>(threads: &Threads, x: &View<'_, T>, y: &mut [T], axes: &[isize]) {
    let (spread, size) = (Spread::permuted(x.shape(), axes), x.shape().size());
    each::parts(threads, y, size, |sample, y| {
        let x = &x.data()[sample * size..][..size];
        spread.runs(|start, from, len, step| (0..len).for_each(|k| y[start + k] = x[from + k * step]));
    });
}

/// `dx` becomes, or grows by, the gradient `dy` of a permuted tensor, in the order of the input, whose shape is `x`.
pub(super) fn permute_back<T: Real>(
    threads: &Threads,
    (dx, write): (&mut [T], Write),
    x: &Shape,
    dy: &[T],
    axes: &[isize],
) {
    let (spread, size) = (Spread::permuted(x, axes), x.size());
    each::parts(threads, dx, size, |sample, dx| {
        let dy = &dy[sample * size..][..size];
        spread.runs(|start, from, len, step| {
            (0..len).for_each(|k| each::put(write, &mut dx[from + k * step], dy[start + k]));
        });
    });
}
