//! The gradient of the weights: patches, as columns, times the gradient of the output.

use std::ops::Range;

use crate::kernels::gemm::{
    Block, Epilogue, Gathered, Matrix, Right, Start, Way, Write, add_shards, gemm, join_shards, multiply,
};
use crate::kernels::scratch;
use crate::{Real, Threads};

use super::depthwise::Lines;
use super::patches::Patches;
use super::{Conv, Gradient, TASK, ThroughPool, Winograd};

/// Most shards of the batch: each has gradients of its own, which are then added up in order.
const SHARDS: usize = 8;

/// Most elements of all the shards' gradients: what they take in memory, and to be added up, stays small beside the products.
const SHARDED: usize = 1 << 20;

/// About as many rows of a shard's gradient a block has at least.
const BLOCK_ROWS: usize = 48;

/// The gradient of the weights, `dweights = patches of x, transposed, * dy`, and that of the bias, the sum of `dy`.
///
/// # Panics
/// If the sizes do not agree.
pub fn weight_gradient<T: Real>(
    threads: &Threads,
    conv: &Conv,
    x: &[T],
    gradient: &Gradient<T>,
    dweights: &mut [T],
    dbias: Option<&mut [T]>,
    write: Write,
) {
    conv.check(x.len(), dweights.len(), conv.batch * conv.outputs() * conv.filters);
    gradient.check(conv);
    assert!(dbias.as_ref().is_none_or(|dbias| dbias.len() == conv.filters), "a bias value a filter");
    if let Some(pooled) = ThroughPool::for_weights(threads, conv, gradient) {
        return pooled.weight_gradient(threads, x, dweights, dbias, write);
    }
    if let Some(winograd) = Winograd::new::<T>(threads, conv, 1).filter(Winograd::has_small_gradient) {
        return winograd.weight_gradient(threads, x, gradient, dweights, dbias, write);
    }
    let lanes = threads.level().vector_bytes() / size_of::<T>();
    // Products with so few columns leave most of each vector empty; with the elements of a patch as columns, none does.
    let turned = conv.groups == 1 && 4 * conv.filters <= lanes && conv.kernel[2] * conv.channels >= 2 * lanes;
    if (conv.is_pointwise() && !turned) || Lines::new::<T>(threads, conv).is_some() {
        return without_patches(threads, conv, x, gradient, dweights, dbias, write);
    }
    let rows = conv.batch * conv.outputs();
    let patches = conv.patches((rows / (2 * SHARDS)).clamp(256, 1024));
    if patches.parts() == 0 || dweights.is_empty() {
        if write == Write::Overwrite {
            dweights.fill(T::zero());
            dbias.into_iter().for_each(|dbias| dbias.fill(T::zero()));
        }
        return;
    }
    let shards = Shards::of(conv, patches.parts());
    let by_patches = ByPatches { threads, conv, x, gradient, patches: &patches, shards };
    if turned { by_patches.run_turned(dweights, dbias, write) } else { by_patches.run(dweights, dbias, write) }
}

/// Where each tap has the same place of all images before it, or each channel taps of its own.
fn without_patches<T: Real>(
    threads: &Threads,
    conv: &Conv,
    x: &[T],
    gradient: &Gradient<T>,
    dweights: &mut [T],
    dbias: Option<&mut [T]>,
    write: Write,
) {
    gradient.whole(threads, conv, |dy| {
        if let Some(dbias) = dbias {
            bias_gradient(threads, conv, dy, dbias, write);
        }
        if let Some(lines) = Lines::new::<T>(threads, conv) {
            return lines.weight_gradient(threads, x, dy, dweights, write);
        }
        let rows = conv.batch * conv.outputs();
        let (dy, x) = (Matrix::new(dy, rows, conv.filters), Matrix::new(x, rows, conv.channels).transposed());
        gemm(threads, x, dy, dweights, conv.filters, write, &Epilogue::none());
    });
}

/// How the work is cut into tasks.
#[derive(Clone, Copy)]
struct Shards {
    /// Shares of the batch, each of which has gradients of its own.
    shards: usize,
    /// Shares of the rows of a shard's gradients: large weights have few shards, but many rows.
    blocks: usize,
}

impl Shards {
    fn of(conv: &Conv, parts: usize) -> Self {
        let work = conv.batch * conv.outputs() * conv.work();
        let shards = (SHARDED / (conv.patch() * conv.filters)).min(work / TASK).min(parts).clamp(1, SHARDS);
        let blocks = (2 * SHARDS / shards).min(work / shards / TASK).min(conv.patch().div_ceil(BLOCK_ROWS)).max(1);
        Shards { shards, blocks }
    }

    fn tasks(self) -> usize {
        self.shards * self.blocks
    }

    /// The share of a task among the `parts` of the batch, and among the `rows` of the gradient.
    fn task(self, task: usize, parts: usize, rows: usize) -> (Range<usize>, Range<usize>) {
        let (shard, block) = (task / self.blocks, task % self.blocks);
        let share = |all: usize, index: usize, count: usize| all * index / count..all * (index + 1) / count;
        (share(parts, shard, self.shards), share(rows, block, self.blocks))
    }
}

/// The gradient by products of patches, as columns, with the gradient of the output.
struct ByPatches<'a, T> {
    threads: &'a Threads,
    conv: &'a Conv,
    x: &'a [T],
    gradient: &'a Gradient<'a, T>,
    patches: &'a Patches,
    shards: Shards,
}

impl<T: Real> ByPatches<'_, T> {
    /// Each task finds its share; then the shards' shares are added up in order.
    fn run(&self, dweights: &mut [T], dbias: Option<&mut [T]>, write: Write) {
        let (conv, Shards { shards, blocks }) = (self.conv, self.shards);
        let len = dweights.len();
        // Of each shard the gradient of the weights, and of each task that of the bias, of which one a shard counts.
        scratch::elements(shards * len + self.shards.tasks() * conv.filters, |partial: &mut [T]| {
            let (weights, biases) = partial.split_at_mut(shards * len);
            let destination = if shards == 1 { &mut *dweights } else { &mut *weights };
            let all = Block::new(destination, shards * conv.patch(), conv.filters, conv.filters);
            self.threads.chunks_mut(biases, conv.filters, &|task, bias| {
                bias.fill(T::zero());
                let first = task / blocks * conv.patch();
                // SAFETY: shards have different rows; tasks of one shard use different rows of their part.
                let to = unsafe { all.part(first..first + conv.patch(), 0..conv.filters) };
                self.accumulate(task, &to, bias, if shards == 1 { write } else { Write::Overwrite });
            });
            if shards > 1 {
                join_shards(self.threads, weights, len, dweights, write);
            }
            if let Some(dbias) = dbias {
                for shard in 0..shards {
                    let bias = &biases[shard * blocks * conv.filters..][..conv.filters];
                    add_shards(bias, conv.filters, dbias, if shard == 0 { write } else { Write::Add });
                }
            }
        });
    }

    /// The same with the filters as rows, line by line of the output.
    fn run_turned(&self, dweights: &mut [T], mut dbias: Option<&mut [T]>, write: Write) {
        let ByPatches { threads, conv, x, gradient, patches, shards: Shards { shards, .. } } = *self;
        let (level, filters, patch) = (threads.level(), conv.filters, conv.patch());
        let len = filters * (patch + 1);
        scratch::elements(shards * len, |partial: &mut [T]| {
            threads.chunks_mut(partial, len, &|shard, sums| {
                sums.fill(T::zero());
                let (sums, bias) = sums.split_at_mut(filters * patch);
                let mut to = Block::new(sums, filters, patch, patch);
                for index in patches.parts() * shard / shards..patches.parts() * (shard + 1) / shards {
                    let part = patches.part(index);
                    let (windows, step) = patches.line(&part);
                    gradient.with(level, conv, patches.axis(), &part.images, &part.band, |dy| {
                        super::add_rows(level, dy, bias);
                        let mut lines = dy.chunks_exact((windows * filters).max(1));
                        patches.each_line(x, &part, |source, runs, run| {
                            let Some(dy) = lines.next() else { return };
                            self.add_line(dy, source, runs, (windows, step, run), &mut to);
                        });
                    });
                }
            });
            for (shard, sums) in partial.chunks_exact(len).enumerate() {
                let (sums, bias) = sums.split_at(filters * patch);
                let write = if shard == 0 { write } else { Write::Add };
                for (filter, sums) in sums.chunks_exact(patch).enumerate() {
                    let column = dweights[filter..].iter_mut().step_by(filters);
                    column.zip(sums).for_each(|(to, &sum)| write.put(to, sum));
                }
                if let Some(dbias) = &mut dbias {
                    dbias.iter_mut().zip(bias).for_each(|(to, &sum)| write.put(to, sum));
                }
            }
        });
    }

    /// Adds the products of a line of the gradient of the output with what its windows read, run after run.
    fn add_line(
        &self,
        dy: &[T],
        source: &[T],
        runs: &[usize],
        (windows, step, run): (usize, usize, usize),
        to: &mut Block<T>,
    ) {
        let filters = self.conv.filters;
        scratch::indices(filters, |rows| {
            rows.iter_mut().enumerate().for_each(|(filter, row)| *row = filter);
            let left = Gathered::new(dy, rows, &[0], windows, filters);
            for (index, &offset) in runs.iter().enumerate() {
                let right =
                    Matrix { data: &source[offset..], rows: windows, cols: run, row_stride: step, col_stride: 1 };
                // SAFETY: this block alone uses the sums, one part after the other.
                let mut to = unsafe { to.part(0..filters, index * run..(index + 1) * run) };
                multiply(self.threads.level(), &left, right, &mut to, Start::Destination);
            }
        });
    }

    /// A task's rows of the gradient of its shard, and the sum of the gradients of the outputs of its shard.
    fn accumulate(&self, task: usize, to: &Block<T>, bias: &mut [T], write: Write) {
        let ByPatches { threads, conv, x, gradient, patches, shards } = *self;
        let cols = conv.filters / conv.groups;
        let (parts, rows) = shards.task(task, patches.parts(), conv.patch());
        patches.with_elements(|elements| {
            for index in parts.clone() {
                let part = patches.part(index);
                let add = index > parts.start || write == Write::Add;
                let start = if add { Start::Destination } else { Start::Zero };
                gradient.with(threads.level(), conv, patches.axis(), &part.images, &part.band, |dy| {
                    super::add_rows(threads.level(), dy, bias);
                    let dy = Matrix::new(dy, patches.rows(&part).len(), conv.filters);
                    patches.each_group_transposed(x, &elements[rows.clone()], &part, |group, left| {
                        // SAFETY: groups have different columns; tasks of one shard have different rows.
                        let mut to = unsafe { to.part(rows.clone(), group * cols..(group + 1) * cols) };
                        let dy =
                            Right::from(dy.columns(group * cols, cols)).of_rows(threads, conv.patch(), Way::Across);
                        multiply(threads.level(), left, dy, &mut to, start);
                    });
                });
            }
        });
    }
}

/// The sum of the rows of `dy`.
fn bias_gradient<T: Real>(threads: &Threads, conv: &Conv, dy: &[T], dbias: &mut [T], write: Write) {
    let rows = conv.batch * conv.outputs();
    let shards = (rows / 512).clamp(1, SHARDS);
    scratch::elements(shards * conv.filters, |partial: &mut [T]| {
        threads.chunks_mut(partial, conv.filters, &|shard, sums| {
            sums.fill(T::zero());
            let rows = rows * shard / shards..rows * (shard + 1) / shards;
            super::add_rows(threads.level(), &dy[rows.start * conv.filters..rows.end * conv.filters], sums);
        });
        add_shards(partial, conv.filters, dbias, write);
    });
}
