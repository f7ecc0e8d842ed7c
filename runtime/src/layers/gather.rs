//! Copies along the axes of a sample: each place of the output is one place of the input, or none.

use formwork_shape::{MAX_RANK, Shape};

use super::each;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;
use crate::{Real, Threads};

/// A layer that only copies: its kernel follows from the places.
pub(super) trait Places: Sync {
    /// Where the places of an output lie in an input.
    fn places<'s>(
        &'s self,
        from: &'s Shape,
        to: &'s Shape,
    ) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's>;

    /// What is where there is no place of the input.
    fn rest(&self) -> f64 {
        0.0
    }
}

impl<T: Real, L: Places> Kernel<T> for L {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (from, to) = (*x[0].shape(), *y[0].shape());
        self.places(&from, &to).copy(pass.threads, x[0].data(), y[0].data, T::of(self.rest()));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let places = self.places(step.x[0].shape(), step.dy[0].shape());
        let Some(target) = step.dx[0].target() else { return };
        places.add_back(pass.threads, &step.dy[0], target);
    }
}

/// Where the places of an output lie in the input.
pub(super) struct Gather<'s, F> {
    from: &'s Shape,
    to: &'s Shape,
    /// The axes before this one differ from the input's; what follows it is copied whole.
    axes: usize,
    source: F,
}

impl<'s, F: Fn(usize, usize) -> Option<usize> + Sync> Gather<'s, F> {
    /// `source(k, i)` is the place along axis `k` of the input that is place `i` of the output; only asked for the first `axes`.
    pub(super) fn new(from: &'s Shape, to: &'s Shape, axes: usize, source: F) -> Self {
        Gather { from, to, axes, source }
    }

    /// Fills the output; `rest` is where there is no place of the input.
    pub(super) fn copy<T: Real>(&self, threads: &Threads, x: &[T], y: &mut [T], rest: T) {
        let (from, to) = (self.from.size(), self.to.size());
        each::parts(threads, y, to, |sample, y| {
            let x = &x[sample * from..][..from];
            self.runs(|there, here, len| match there {
                Some(there) => y[here..here + len].copy_from_slice(&x[there..there + len]),
                None => y[here..here + len].fill(rest),
            });
        });
    }

    /// Adds the gradient of each place of the output to that of its place in the input.
    pub(super) fn add_back<T: Real>(&self, threads: &Threads, dy: &View<'_, T>, (dx, write): (&mut [T], Write)) {
        let (from, to, dy) = (self.from.size(), self.to.size(), dy.data());
        each::parts_of(threads, dx, from, to, |sample, dx| {
            if write == Write::Overwrite {
                dx.fill(T::zero());
            }
            let dy = &dy[sample * to..][..to];
            self.runs(|there, here, len| {
                let Some(there) = there else { return };
                dx[there..there + len].iter_mut().zip(&dy[here..here + len]).for_each(|(dx, dy)| *dx += *dy);
            });
        });
    }

    /// Calls `run` with each run of neighbours: its place in the input, its place in the output, its length.
    fn runs(&self, mut run: impl FnMut(Option<usize>, usize, usize)) {
        let (from, to) = (self.from.dims(), self.to.dims());
        let len: usize = to[self.axes..].iter().product();
        let mut index = [0; MAX_RANK];
        for count in 0..to[..self.axes].iter().product() {
            let place = |at: usize, k: usize| (self.source)(k, index[k]).map(|i| at * from[k] + i);
            run((0..self.axes).try_fold(0, place).map(|at| at * len), count * len, len);
            for k in (0..self.axes).rev() {
                index[k] += 1;
                if index[k] < to[k] {
                    break;
                }
                index[k] = 0;
            }
        }
    }
}
