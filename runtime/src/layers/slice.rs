use formwork_shape::layers::Slice;
use formwork_shape::{In, MAX_RANK, Shape};

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Slice {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let block = Block::new(self, x[0].shape());
        let (from, to, x) = (x[0].shape().size(), y[0].shape().size(), x[0].data());
        each::parts(pass.threads, y[0].data, to, |sample, y| {
            let x = &x[sample * from..][..from];
            block.runs(|there, here, len| y[here..here + len].copy_from_slice(&x[there..there + len]));
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let block = Block::new(self, step.x[0].shape());
        let (from, to, dy) = (step.x[0].shape().size(), step.dy[0].shape().size(), step.dy[0].data());
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::parts(pass.threads, dx, from, |sample, dx| {
            if write == Write::Overwrite {
                dx.fill(T::zero());
            }
            let dy = &dy[sample * to..][..to];
            block.runs(|there, here, len| {
                dx[there..there + len].iter_mut().zip(&dy[here..here + len]).for_each(|(dx, dy)| *dx += *dy);
            });
        });
    }
}

/// The part of a sample that is taken.
struct Block {
    rank: usize,
    /// The lengths of the sample.
    dims: [usize; MAX_RANK],
    firsts: [usize; MAX_RANK],
    steps: [isize; MAX_RANK],
    lens: [usize; MAX_RANK],
}

impl Block {
    fn new(layer: &Slice, shape: &Shape) -> Block {
        let rank = shape.rank();
        let mut block =
            Block { rank, dims: [1; MAX_RANK], firsts: [0; MAX_RANK], steps: [1; MAX_RANK], lens: [1; MAX_RANK] };
        let input = In::new("", *shape);
        for k in 0..rank {
            let whole = (0, shape.dim(k));
            let step = layer.steps.as_slice().get(k).copied();
            // The rule has accepted the places.
            (block.firsts[k], block.lens[k]) = step.map_or(whole, |_| layer.taken(k, &input).unwrap_or(whole));
            (block.dims[k], block.steps[k]) = (shape.dim(k), step.unwrap_or(1));
        }
        block
    }

    /// Calls `run` with each run of neighbours: its place in the sample, its place in the part, its length.
    fn runs(&self, mut run: impl FnMut(usize, usize, usize)) {
        let last = self.rank - 1;
        let len = if self.steps[last] == 1 { self.lens[last] } else { 1 };
        let place = |k: usize, index: usize| (self.firsts[k] as isize + index as isize * self.steps[k]) as usize;
        let mut index = [0; MAX_RANK];
        for count in 0..self.lens[..=last].iter().product::<usize>() / len.max(1) {
            let there = (0..=last).fold(0, |at, k| at * self.dims[k] + place(k, index[k]));
            run(there, count * len, len);
            for k in (0..if len == 1 { self.rank } else { last }).rev() {
                index[k] += 1;
                if index[k] < self.lens[k] {
                    break;
                }
                index[k] = 0;
            }
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Slice: (shape(2..5), any::<(bool, bool)>(), -3..4isize) => |(input, (one, from_end), step)| {
    let n = input.dim(0) as isize;
    let (start, end) = if from_end { (-1, isize::MAX) } else { (0, (n + 1) / 2) };
    let (starts, ends, steps) = match one {
        true => (vec![start], vec![end], vec![step]),
        false => (vec![start, 0], vec![end, isize::MAX], vec![1, if step == 0 { 1 } else { step }]),
    };
    let dims = formwork_shape::Dims::of;
    Case::new(Slice { starts: dims(&starts), ends: dims(&ends), steps: dims(&steps) }, [input])
});
