//! The gradient of the weights: patches, as columns, times the gradient of the output.

use crate::kernels::gemm::{Block, Epilogue, Matrix, Start, Write, add_shards, gemm, multiply};
use crate::kernels::scratch;
use crate::{Real, Threads};

use super::depthwise::Lines;
use super::{Conv, Gradient, TASK, ThroughPool, Winograd};

/// Most shards of the batch: each has gradients of its own, which are then added up in order.
const SHARDS: usize = 8;

/// Most elements of all the shards' gradients.
const SHARDED: usize = 1 << 20;

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
    if let Some(pooled) = ThroughPool::new(threads, conv, gradient) {
        return pooled.weight_gradient(threads, x, dweights, dbias, write);
    }
    if let Some(winograd) = Winograd::new::<T>(threads, conv, 1).filter(Winograd::has_small_gradient) {
        return winograd.weight_gradient(threads, x, gradient, dweights, dbias, write);
    }
    if conv.is_depthwise() || conv.is_pointwise() {
        return gradient.whole(threads, conv, |dy| {
            if let Some(dbias) = dbias {
                bias_gradient(threads, conv, dy, dbias, write);
            }
            if conv.is_depthwise() {
                return Lines::new(conv).weight_gradient(threads, x, dy, dweights, write);
            }
            let rows = conv.batch * conv.outputs();
            let (dy, x) = (Matrix::new(dy, rows, conv.filters), Matrix::new(x, rows, conv.channels).transposed());
            gemm(threads, x, dy, dweights, conv.filters, write, &Epilogue::none());
        });
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
    let work = rows * conv.work();
    let shards = (SHARDED / dweights.len()).min(work / TASK).min(patches.parts()).clamp(1, SHARDS);
    // Large weights have few shards: their rows are cut instead.
    let blocks = (2 * SHARDS / shards).min(work / shards / TASK).min(conv.patch().div_ceil(48)).max(1);
    let cols = conv.filters / conv.groups;
    let accumulate = |task: usize, to: &Block<T>, bias: &mut [T], write: Write| {
        let (shard, block) = (task / blocks, task % blocks);
        let rows = conv.patch() * block / blocks..conv.patch() * (block + 1) / blocks;
        let parts = patches.parts() * shard / shards..patches.parts() * (shard + 1) / shards;
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
                        multiply(threads.level(), left, dy.columns(group * cols, cols), &mut to, start);
                    });
                });
            }
        });
    };
    let len = dweights.len();
    // Of each shard the gradient of the weights, and of each task that of the bias, of which one a shard counts.
    scratch::elements(shards * len + shards * blocks * conv.filters, |partial: &mut [T]| {
        let (weights, biases) = partial.split_at_mut(shards * len);
        let destination = if shards == 1 { &mut *dweights } else { &mut *weights };
        let all = Block::new(destination, shards * conv.patch(), conv.filters, conv.filters);
        threads.chunks_mut(biases, conv.filters, &|task, bias| {
            bias.fill(T::zero());
            let first = task / blocks * conv.patch();
            // SAFETY: shards have different rows; tasks of one shard use different rows of their part.
            let to = unsafe { all.part(first..first + conv.patch(), 0..conv.filters) };
            accumulate(task, &to, bias, if shards == 1 { write } else { Write::Overwrite });
        });
        if shards > 1 {
            add_shards(weights, len, dweights, write);
        }
        if let Some(dbias) = dbias {
            for shard in 0..shards {
                let bias = &biases[shard * blocks * conv.filters..][..conv.filters];
                add_shards(bias, conv.filters, dbias, if shard == 0 { write } else { Write::Add });
            }
        }
    });
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
