//! The gradient of the weights: patches, as columns, times the gradient of the output.

use crate::kernels::gemm::{Block, Epilogue, Matrix, Start, Write, add_shards, gemm, multiply};
use crate::kernels::scratch;
use crate::{Real, Threads};

use super::depthwise::Lines;
use super::{Conv, TASK};

/// Most shards of the batch: each has gradients of its own, which are then added up in order.
const SHARDS: usize = 8;

/// Most elements of all the shards' gradients.
const SHARDED: usize = 1 << 20;

/// The gradient of the weights: `dweights = patches of x, transposed, * dy`.
///
/// # Panics
/// If the sizes do not agree.
pub fn weight_gradient<T: Real>(threads: &Threads, conv: &Conv, x: &[T], dy: &[T], dweights: &mut [T], write: Write) {
    conv.check(x.len(), dweights.len(), dy.len());
    if conv.is_depthwise() {
        return Lines::new(conv).weight_gradient(threads, x, dy, dweights, write);
    }
    let rows = conv.batch * conv.outputs();
    let dy = Matrix::new(dy, rows, conv.filters);
    if conv.is_pointwise() {
        let x = Matrix::new(x, rows, conv.channels).transposed();
        return gemm(threads, x, dy, dweights, conv.filters, write, &Epilogue::none());
    }
    let patches = conv.patches((rows / (2 * SHARDS)).clamp(256, 2048));
    if patches.parts() == 0 || dweights.is_empty() {
        if write == Write::Overwrite {
            dweights.fill(T::zero());
        }
        return;
    }
    let work = rows * conv.work();
    let shards = (SHARDED / dweights.len()).min(work / TASK).min(patches.parts()).clamp(1, SHARDS);
    // Large weights have few shards: their rows are cut instead.
    let blocks = (2 * SHARDS / shards).min(work / shards / TASK).min(conv.patch().div_ceil(48)).max(1);
    let cols = conv.filters / conv.groups;
    let gradient = |task: usize, to: &Block<T>, write: Write| {
        let (shard, block) = (task / blocks, task % blocks);
        let block = conv.patch() * block / blocks..conv.patch() * (block + 1) / blocks;
        let parts = patches.parts() * shard / shards..patches.parts() * (shard + 1) / shards;
        patches.with_elements(|elements| {
            for index in parts.clone() {
                let part = patches.part(index);
                let rows = patches.rows(&part);
                let add = index > parts.start || write == Write::Add;
                let start = if add { Start::Destination } else { Start::Zero };
                patches.each_group_transposed(x, &elements[block.clone()], &part, |group, left| {
                    let dy = dy.lines(rows.start, rows.len()).columns(group * cols, cols);
                    // SAFETY: groups have different columns; tasks of one shard have different rows.
                    let mut to = unsafe { to.part(block.clone(), group * cols..(group + 1) * cols) };
                    multiply(threads.level(), left, dy, &mut to, start);
                });
            }
        });
    };
    let len = dweights.len();
    if shards == 1 {
        let to = Block::new(dweights, conv.patch(), conv.filters, conv.filters);
        return threads.run(blocks, &|task| gradient(task, &to, write));
    }
    scratch::elements(shards * len, |partial: &mut [T]| {
        let all = Block::new(partial, shards * conv.patch(), conv.filters, conv.filters);
        threads.run(shards * blocks, &|task| {
            let first = task / blocks * conv.patch();
            // SAFETY: shards have different rows; tasks of one shard use different rows of their part.
            let to = unsafe { all.part(first..first + conv.patch(), 0..conv.filters) };
            gradient(task, &to, Write::Overwrite);
        });
        add_shards(partial, len, dweights, write);
    });
}
