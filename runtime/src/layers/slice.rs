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
    starts: [usize; MAX_RANK],
    lens: [usize; MAX_RANK],
}

impl Block {
    fn new(layer: &Slice, shape: &Shape) -> Block {
        let mut block = Block { rank: shape.rank(), dims: [1; MAX_RANK], starts: [0; MAX_RANK], lens: [1; MAX_RANK] };
        let input = In::new("", *shape);
        for k in 0..shape.rank() {
            let whole = (0, shape.dim(k));
            let named = k < layer.starts.as_slice().len();
            // The rule has accepted the places.
            let (start, end) = if named { layer.range(k, &input).unwrap_or(whole) } else { whole };
            (block.dims[k], block.starts[k], block.lens[k]) = (shape.dim(k), start, end - start);
        }
        block
    }

    /// Calls `run` with each run of neighbours: its place in the sample, its place in the part, its length.
    fn runs(&self, mut run: impl FnMut(usize, usize, usize)) {
        let last = self.rank - 1;
        let len = self.lens[last];
        let mut index = [0; MAX_RANK];
        for count in 0..self.lens[..last].iter().product::<usize>() {
            let there = (0..=last).fold(0, |at, k| at * self.dims[k] + self.starts[k] + index[k]);
            run(there, count * len, len);
            for k in (0..last).rev() {
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
super::conformance::cases!(Slice: (shape(2..5), any::<(bool, bool)>()) => |(input, (indexed, from_end))| {
    let n = input.dim(0) as isize;
    let (start, end) = if from_end { (-1, isize::MAX) } else { (0, (n + 1) / 2) };
    let dims = formwork_shape::Dims::of;
    Case::new(Slice { starts: dims(&[start]), ends: dims(&[end]), indexed: dims(&[isize::from(indexed)]) }, [input])
});
