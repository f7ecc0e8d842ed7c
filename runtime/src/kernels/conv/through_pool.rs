//! The gradients of a convolution with the largest value of windows after it.
//!
//! Of the outputs under a window one alone has a gradient. The products with the others, which are 0, are left out: as many
//! times fewer as a window has places, and the rest are the same. Both gradients keep some vectors of channels of all taps
//! in registers, and walk over the outputs that count; where channels are few, vectors hold filters.

mod chosen;
mod spread;
mod sums;

use crate::kernels::gemm::{Matrix, Write, add_shards, join_shards, pack};
use crate::kernels::vector::{CHOICES, chooses};
use crate::kernels::window::Window;
use crate::kernels::{Level, scratch};
use crate::threads::Shareable;
use crate::{Real, Threads};

use super::patches::{Part, Patches};
use super::{Conv, Gradient, add_rows};
use chosen::{Chosen, room};
use spread::{Counting, Spread};
use sums::Sums;

/// Fewest places of a window for which it pays.
const PLACES: usize = 3;

/// Most parts of the batch, each with a gradient of the weights of its own, and most elements of them.
const SHARDS: usize = 8;
const SHARDED: usize = 1 << 20;

/// Elements of the gradient of the weights that are worth a task to bring in order.
const TURNED: usize = 1 << 13;

/// Fewest filters of a task.
const FILTERS: usize = 16;

/// Pooled elements that are walked over at once, or words of the bits that say which outputs count: they stay in the first-level
/// cache with the weights of a vector of channels.
const STRIP: usize = 1 << 11;

/// A convolution and a pooling that these gradients can take.
pub(super) struct ThroughPool<'a, T> {
    level: Level,
    lanes: usize,
    conv: &'a Conv,
    window: &'a Window,
    places: &'a [u8],
    gradient: &'a Gradient<'a, T>,
    /// Blocks of one image.
    patches: Patches,
}

/// Offsets in an image, with its margin if it needs one.
struct Offsets<'a> {
    /// Of the first output of each window.
    windows: &'a [usize],
    /// From there to the output at each place of a window; 0 beyond the last place.
    places: &'a [usize; 256],
    /// From there to each run of the patch.
    runs: &'a [usize],
    /// Elements of a run.
    run: usize,
}

impl Offsets<'_> {
    /// One more than the largest offset of an element.
    fn end(&self) -> usize {
        let largest = |offsets: &[usize]| offsets.iter().copied().max().unwrap_or(0);
        largest(self.windows) + largest(self.places) + largest(self.runs) + self.run
    }
}

impl<'a, T: Real> ThroughPool<'a, T> {
    /// For the gradient of the input: that of the weights is taken wherever this one is.
    pub fn for_input(threads: &Threads, conv: &'a Conv, gradient: &'a Gradient<'a, T>) -> Option<Self> {
        Self::for_weights(threads, conv, gradient).filter(Self::has_vectors_of_channels)
    }

    /// For the gradient of the weights; none where there is no such pooling, or where it does not pay.
    pub fn for_weights(threads: &Threads, conv: &'a Conv, gradient: &'a Gradient<'a, T>) -> Option<Self> {
        let (window, places) = gradient.pool?;
        let lanes = threads.level().vector_bytes() / size_of::<T>();
        let apart = (0..3).all(|axis| {
            let reach = window.output[axis].saturating_sub(1) * window.strides[axis] + window.pool[axis];
            window.pad_before[axis] == 0 && window.strides[axis] >= window.pool[axis] && reach <= window.input[axis]
        });
        let count = window.pool.iter().product::<usize>();
        let pays = count >= PLACES && conv.taps() > 1 && conv.batch > 1;
        if !(apart && pays) || conv.groups != 1 || conv.channels == 0 || gradient.dy.is_empty() {
            return None;
        }
        let mut patches = conv.patches(usize::MAX);
        patches.cut(patches.axis(), conv.output[patches.axis()], 1);
        let through = ThroughPool { level: threads.level(), lanes, conv, window, places, gradient, patches };
        (through.has_vectors_of_channels() || through.has_few_channels()).then_some(through)
    }

    fn has_vectors_of_channels(&self) -> bool {
        self.conv.channels.is_multiple_of(self.lanes)
    }

    fn has_few_channels(&self) -> bool {
        let count = self.window.pool.iter().product::<usize>();
        let short = self.patches.with_runs(true, |runs, run| chosen::pays(runs.len() * run, run, self.lanes));
        self.conv.channels < self.lanes && count <= CHOICES && chooses::<T>(self.level) && short
    }

    /// Pooled elements of one image.
    fn pooled(&self) -> usize {
        self.windows() * self.conv.filters
    }

    /// Windows of one image.
    fn windows(&self) -> usize {
        self.window.output.iter().product()
    }

    /// An image as a block.
    fn image(&self, image: usize) -> Part {
        Part { images: image..image + 1, band: 0..self.conv.output[self.patches.axis()] }
    }

    /// Passes the offsets, with all taps as runs of their own or merged where they lie side by side.
    fn with_offsets<R>(&self, merged: bool, work: impl FnOnce(&Offsets<'_>) -> R) -> R {
        let [_, height, width] = self.conv.output;
        let output = |place: [usize; 3]| (place[0] * height + place[1]) * width + place[2];
        let split = |index: usize, [_, second, third]: [usize; 3]| {
            [index / third / second, index / third % second, index % third]
        };
        self.patches.with_windows(|outputs| {
            let mut places = [0; 256];
            for (place, offset) in places.iter_mut().enumerate().take(self.window.pool.iter().product()) {
                *offset = outputs[output(split(place, self.window.pool))] - outputs[0];
            }
            scratch::indices(self.windows(), |windows| {
                for (index, offset) in windows.iter_mut().enumerate() {
                    let place = split(index, self.window.output);
                    *offset = outputs[output([0, 1, 2].map(|axis| place[axis] * self.window.strides[axis]))];
                }
                let windows = &*windows;
                self.patches.with_runs(merged, |runs, run| work(&Offsets { windows, places: &places, runs, run }))
            })
        })
    }

    /// Passes the gradient of the pooled values of an image, before the activation, and their places.
    fn with_gradient<R>(&self, image: usize, work: impl FnOnce(&[T], &[u8]) -> R) -> R {
        let range = image * self.pooled()..(image + 1) * self.pooled();
        self.gradient.activated(self.level, self.conv.filters, range.clone(), |dy| work(dy, &self.places[range]))
    }

    /// The gradients of the weights and of the bias.
    pub fn weight_gradient(
        &self,
        threads: &Threads,
        x: &[T],
        dweights: &mut [T],
        dbias: Option<&mut [T]>,
        write: Write,
    ) {
        if !self.has_vectors_of_channels() {
            return self.weight_gradient_of_few(threads, x, dweights, dbias, write);
        }
        let Conv { batch, filters, .. } = *self.conv;
        let (patch, len) = (self.conv.patch(), dweights.len());
        let shards = (SHARDED / len).clamp(1, SHARDS).min(batch);
        let blocks = (2 * SHARDS / shards).min(filters.div_ceil(FILTERS)).max(1);
        // Of each shard the gradient of the weights, filter after filter, then that of the bias.
        let step = len + filters;
        scratch::elements(shards * step, |partial: &mut [T]| {
            let sums = Shareable(partial.as_mut_ptr());
            self.with_offsets(true, |offsets| {
                threads.run(shards * blocks, &|task| {
                    let (shard, block) = (task / blocks, task % blocks);
                    let filters = filters * block / blocks..filters * (block + 1) / blocks;
                    let part = |first: usize, len: usize| {
                        // SAFETY: each task has the rows of its own filters in its own shard, below `shards * step`, and one of
                        // them the biases behind.
                        unsafe { std::slice::from_raw_parts_mut(sums.get().add(shard * step + first), len) }
                    };
                    // The first block adds up the biases of all.
                    let biases = if block == 0 { self.conv.filters } else { 0 };
                    let (sums, bias) = (part(filters.start * patch, filters.len() * patch), part(len, biases));
                    sums.fill(T::zero());
                    bias.fill(T::zero());
                    for image in batch * shard / shards..batch * (shard + 1) / shards {
                        self.with_gradient(image, |dy, places| {
                            if block == 0 {
                                add_rows(self.level, dy, bias);
                            }
                            self.patches.with_source(x, &self.image(image), |x| {
                                let (filters, all) = (filters.clone(), self.conv.filters);
                                self.level.run_vectors(Sums { offsets, x, dy, places, filters, all, sums });
                            });
                        });
                    }
                });
            });
            let (first, rest) = partial.split_at_mut(step);
            join_shards(threads, rest, step, first, Write::Add);
            let turned = Matrix { data: &first[..len], rows: patch, cols: filters, row_stride: 1, col_stride: patch };
            match write {
                Write::Overwrite => {
                    let rows = patch.div_ceil(threads.tasks(len, TURNED));
                    threads.chunks_mut(dweights, (rows * filters).max(1), &|task, dweights| {
                        let rows = task * rows..patch.min((task + 1) * rows);
                        pack(self.level, &turned, rows, 0, filters, dweights);
                    });
                }
                Write::Add => scratch::elements(len, |more: &mut [T]| {
                    pack(self.level, &turned, 0..patch, 0, filters, more);
                    add_shards(more, len, dweights, Write::Add);
                }),
            }
            if let Some(dbias) = dbias {
                add_shards(&first[len..], filters, dbias, write);
            }
        });
    }

    /// The same where channels do not fill vectors.
    fn weight_gradient_of_few(
        &self,
        threads: &Threads,
        x: &[T],
        dweights: &mut [T],
        dbias: Option<&mut [T]>,
        write: Write,
    ) {
        let Conv { batch, filters, .. } = *self.conv;
        let len = dweights.len();
        let shards = (SHARDED / len).clamp(1, SHARDS).min(batch);
        let step = len + filters;
        scratch::elements(shards * step, |partial: &mut [T]| {
            self.with_offsets(true, |offsets| {
                threads.chunks_mut(partial, step, &|shard, sums| {
                    sums.fill(T::zero());
                    let (sums, bias) = sums.split_at_mut(len);
                    for image in batch * shard / shards..batch * (shard + 1) / shards {
                        self.with_gradient(image, |dy, places| {
                            add_rows(self.level, dy, bias);
                            self.patches.with_source(x, &self.image(image), |x| {
                                let room = room(self.conv.patch(), offsets.run, self.lanes);
                                scratch::elements(room, |choices: &mut [T]| {
                                    self.level.run_vectors(Chosen { offsets, x, dy, places, filters, sums, choices });
                                });
                            });
                        });
                    }
                });
            });
            join_shards(threads, partial, step, dweights, write);
            if let Some(dbias) = dbias {
                add_shards(&partial[len..], step, dbias, write);
            }
        });
    }

    /// The gradient of the input.
    pub fn input_gradient(&self, threads: &Threads, weights: &[T], dx: &mut [T], write: Write) {
        let (conv, lanes, taps) = (self.conv, self.lanes, self.conv.taps());
        let image = dx.len() / conv.batch;
        scratch::elements(weights.len(), |turned: &mut [T]| {
            threads.chunks_mut(turned, conv.filters * taps * lanes, &|block, turned| {
                for (row, channel) in (0..taps).flat_map(|tap| (0..lanes).map(move |lane| (tap, lane))) {
                    let from =
                        &weights[(row * conv.channels + block * lanes + channel) * conv.filters..][..conv.filters];
                    for (to, &from) in turned[row * lanes + channel..].iter_mut().step_by(taps * lanes).zip(from) {
                        *to = from;
                    }
                }
            });
            let turned = &*turned;
            self.with_offsets(false, |offsets| {
                threads.chunks_mut(dx, image, &|image, dx| {
                    self.with_gradient(image, |dy, places| {
                        self.patches.with_sums(dx, write, |to| {
                            let (filters, count) = (conv.filters, self.window.pool.iter().product::<usize>());
                            let words = Counting::words(count, filters);
                            let strip = (STRIP / filters.max(words)).clamp(1, self.windows());
                            scratch::indices(strip * words, |words| {
                                let counting = Counting { strip, count, filters, words };
                                let spread = Spread { offsets, weights: turned, dy, places, counting, to };
                                self.level.run_vectors(spread);
                            });
                        });
                    });
                });
            });
        });
    }
}
