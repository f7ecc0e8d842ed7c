//! What the normalisations of single samples share.

use super::{columns, each};
use crate::buffer::Buffer;
use crate::kernels::Write;
use crate::{Real, Threads};

/// A tensor as units of `places` rows, each of `groups` runs. The runs of one group make one block: it has one mean and
/// one variance.
#[derive(Clone, Copy)]
pub(super) struct Blocks {
    pub places: usize,
    pub groups: usize,
    pub run: usize,
}

impl Blocks {
    /// The elements of a row: as many as gamma and beta have.
    fn width(&self) -> usize {
        self.groups * self.run
    }

    /// The runs of a group in a unit.
    fn runs<'a, T>(&self, unit: &'a [T], group: usize) -> impl Iterator<Item = &'a [T]> + use<'a, T> {
        let (start, run) = (group * self.run, self.run);
        unit.chunks_exact(self.width().max(1)).map(move |row| &row[start..start + run])
    }
}

/// A normalisation with its weights: `y = gamma (x - mean) / √(variance + epsilon) + beta`.
pub(super) struct Norm<'a, T> {
    pub blocks: Blocks,
    /// Is the mean taken off? Without it the mean square stands for the variance.
    pub centred: bool,
    pub epsilon: f64,
    pub gamma: Option<&'a [T]>,
    pub beta: Option<&'a [T]>,
}

/// Room for the statistics of blocks, and for sums.
#[derive(Default)]
pub(super) struct Room<T> {
    blocks: Buffer<[T; 2]>,
    partial: Buffer<T>,
}

/// Where the gradients of the weights go, those that there are.
pub(super) struct Targets<'a, T> {
    pub gamma: Option<&'a mut [T]>,
    pub beta: Option<&'a mut [T]>,
    pub write: Write,
}

impl<T: Real> Norm<'_, T> {
    pub fn forward(&self, threads: &Threads, x: &[T], y: &mut [T]) {
        let Blocks { places, groups, run } = self.blocks;
        let (unit, width) = (places * self.blocks.width(), self.blocks.width());
        each::parts(threads, y, unit, |index, y| {
            let x = &x[index * unit..][..unit];
            for group in 0..groups {
                let [mean, inverse] = self.statistics(x, group);
                for place in 0..places {
                    let (at, column) = (place * width + group * run, group * run);
                    for k in 0..run {
                        let normed = (x[at + k] - mean) * inverse;
                        y[at + k] = normed * self.gamma(column + k) + self.beta.map_or(T::zero(), |b| b[column + k]);
                    }
                }
            }
        });
    }

    pub fn backward(
        &self,
        threads: &Threads,
        (x, dy): (&[T], &[T]),
        dx: Option<(&mut [T], Write)>,
        dw: Targets<'_, T>,
        room: &mut Room<T>,
    ) {
        let Blocks { places, groups, run } = self.blocks;
        let (unit, width) = (places * self.blocks.width(), self.blocks.width());
        if unit == 0 {
            return;
        }
        let statistics = room.blocks.take(x.len() / unit * groups);
        each::parts(threads, statistics, groups, |index, statistics| {
            let x = &x[index * unit..][..unit];
            statistics.iter_mut().enumerate().for_each(|(group, block)| *block = self.statistics(x, group));
        });
        let statistics = &*statistics;

        // Σ dy x̂ and Σ dy, side by side
        let sums = columns::sums(threads, x.len() / width, 2 * width, &mut room.partial, |row, sums| {
            let (x, dy) = (&x[row * width..][..width], &dy[row * width..][..width]);
            let (normed, plain) = sums.split_at_mut(width);
            for group in 0..groups {
                let [mean, inverse] = statistics[row / places * groups + group];
                for k in group * run..(group + 1) * run {
                    normed[k] += dy[k] * (x[k] - mean) * inverse;
                    plain[k] += dy[k];
                }
            }
        });
        let (normed, plain) = sums.split_at(width);
        for (target, sums) in [(dw.gamma, normed), (dw.beta, plain)] {
            let targets = target.into_iter().flatten();
            targets.zip(sums).for_each(|(target, sum)| each::put(dw.write, target, *sum));
        }

        let Some((dx, write)) = dx else { return };
        let count = T::of((places * run) as f64);
        // With h = dy gamma: dx = (h - mean(h) - x̂ mean(h x̂)) / σ
        each::parts(threads, dx, unit, |index, dx| {
            let (x, dy) = (&x[index * unit..][..unit], &dy[index * unit..][..unit]);
            for group in 0..groups {
                let [mean, inverse] = statistics[index * groups + group];
                let (mut push, mut pull) = (T::zero(), T::zero());
                for place in 0..places {
                    let (at, column) = (place * width + group * run, group * run);
                    for k in 0..run {
                        let h = dy[at + k] * self.gamma(column + k);
                        push += h;
                        pull += h * (x[at + k] - mean) * inverse;
                    }
                }
                push = if self.centred { push / count } else { T::zero() };
                pull = pull / count * inverse;
                for place in 0..places {
                    let (at, column) = (place * width + group * run, group * run);
                    for k in 0..run {
                        let h = dy[at + k] * self.gamma(column + k);
                        each::put(write, &mut dx[at + k], inverse * (h - push - (x[at + k] - mean) * pull));
                    }
                }
            }
        });
    }

    fn gamma(&self, k: usize) -> T {
        self.gamma.map_or(T::one(), |gamma| gamma[k])
    }

    /// The mean of a block, and 1 / √(variance + epsilon).
    fn statistics(&self, unit: &[T], group: usize) -> [T; 2] {
        let count = T::of((self.blocks.places * self.blocks.run) as f64);
        let total = |f: &dyn Fn(&[T]) -> T| self.blocks.runs(unit, group).fold(T::zero(), |sum, run| sum + f(run));
        let mean = if self.centred { total(&|run| each::sum(run)) / count } else { T::zero() };
        let squares = total(&|run| each::sum_by(run, |x| (x - mean) * (x - mean)));
        [mean, (squares / count + T::of(self.epsilon)).sqrt().recip()]
    }
}
