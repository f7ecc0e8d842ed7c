//! Winograd's algorithm for windows of 3 x 3 at stride 1: F(2x2, 3x3) and F(4x4, 3x3).
//!
//! A square of outputs is `Aᵀ [(G g Gᵀ) ∘ (Bᵀ d B)] A`, with `d` the square of inputs that it sees and `g` the weights.
//! Over all channels the product of elements is a product of matrices for each place of the square: 2.25 and 4 times
//! fewer multiplications than the definition has. The gradient of the weights is `Gᵀ [(Bᵀ d B) ∘ (A dy Aᵀ)] G`, and that of
//! the input is a convolution with the weights turned round. After Lavin and Gray, "Fast Algorithms for Convolutional
//! Neural Networks" (2016). In single precision F(2x2) rounds like the definition; F(4x4) loses about a digit.

mod forms;
mod squares;
mod taps;
mod vectors;

use std::ops::Range;

use crate::kernels::gemm::{Batch, Matrix, Write, add_shards, pack};
use crate::kernels::{Level, scratch};
use crate::threads::Shareable;
use crate::{Real, Threads};

use super::{Conv, Gradient, TASK};
use forms::Form;
pub(super) use squares::Put;
use squares::{Gradients, Inputs, Outputs};
use taps::{Gather, Weights};
pub(super) use vectors::{load, store};

/// Squares that are worked on at once: their transforms stay in the second-level cache.
const SQUARES: usize = 24;

/// Fewest channels and filters for which the transforms pay, of a convolution or of a cell of its groups.
const CHANNELS: usize = 16;

/// Most groups of a cell: of its weights all but one in so many are zeros.
const CELL: usize = 2;

/// Fewest squares for which the transformed weights, which are larger than the weights, pay.
const ALL_SQUARES: usize = 8;

/// Most elements of the transformed gradient of the weights.
const GRADIENT: usize = 1 << 19;

/// Elements of the output that a task should have at most, so that they are in cache for what comes next.
const REGION: usize = 1 << 15;

/// Tasks that are enough for few images.
const TASKS: usize = 8;

/// Weights of a task that transforms them, at least: some microseconds of work.
const WEIGHTS: usize = 1 << 9;

/// Most shards of the gradient of the weights, and most elements of all of them.
const SHARDS: usize = 8;
const SHARDED: usize = 1 << 21;

/// Elements between the planes of the transforms, so that they do not all meet in the same sets of a cache.
const GAP: usize = 16;

/// A convolution that Winograd's algorithm can compute.
#[derive(Clone, Copy)]
pub(super) struct Winograd {
    conv: Conv,
    form: Form,
    level: Level,
    /// Elements of a vector.
    lanes: usize,
    images: usize,
    rows: usize,
    /// Parts of the channels and the filters that are multiplied as if all of a part saw each other: as few groups as fill
    /// vectors, or everything.
    cells: usize,
}

/// Rows of outputs of some images: all rows where there are several images.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub images: Range<usize>,
    pub rows: Range<usize>,
}

impl Winograd {
    /// None where the algorithm does not apply, does not pay or is switched off; `rows` of outputs that belong together
    /// stay together.
    pub fn new<T: Real>(threads: &Threads, conv: &Conv, rows: usize) -> Option<Winograd> {
        let applies = conv.kernel == [1, 3, 3]
            && conv.strides == [1; 3]
            && conv.dilation == [1; 3]
            && conv.input[0] == 1
            && conv.output[0] == 1
            && conv.pad_before[0] == 0;
        let [_, height, width] = conv.output;
        if !applies || !threads.winograd() {
            return None;
        }
        let lanes = threads.level().vector_bytes() / size_of::<T>();
        let cells = cells(conv, lanes)?;
        // Multiplications, and a share for the transforms.
        let cost = |side: usize, weight: usize| {
            let squares = height.div_ceil(side) * width.div_ceil(side);
            (squares * (side + 2) * (side + 2) * weight, squares)
        };
        let (two, four) = (cost(2, 9), cost(4, 10));
        let (form, (cost, squares)) = if four.0 < two.0 { (Form::Four, four) } else { (Form::Two, two) };
        if cost >= height * width * 9 * 9 || conv.batch * squares < ALL_SQUARES {
            return None;
        }
        let mut winograd =
            Winograd { conv: *conv, form, level: threads.level(), lanes, images: 1, rows: height, cells };
        let together = least_common_multiple(form.side(), rows.max(1));
        let line = width * conv.filters;
        // Few images are cut, so that there is a task for each of several threads.
        let tasks = (conv.batch * height * width * conv.work() / (4 * TASK)).min(TASKS) / conv.batch.max(1);
        if height * line <= REGION && tasks <= 1 {
            winograd.images = (REGION / (height * line).max(1)).clamp(1, conv.batch.div_ceil(2).max(1));
        } else {
            let rows = (REGION / line.max(1)).min(height.div_ceil(tasks.max(1)));
            winograd.rows = rows.div_ceil(together).max(1) * together;
        }
        Some(winograd)
    }

    /// The same for the gradient of the input; none also where the padding is larger than the window.
    pub fn backward<T: Real>(threads: &Threads, conv: &Conv) -> Option<Winograd> {
        let pad = |axis: usize| 2_usize.checked_sub(conv.pad_before[axis]);
        let back = Conv {
            input: conv.output,
            output: conv.input,
            channels: conv.filters,
            filters: conv.channels,
            pad_before: [0, pad(1)?, pad(2)?],
            ..*conv
        };
        Winograd::new::<T>(threads, &back, 1)
    }

    fn padded(&self, count: usize) -> usize {
        count.next_multiple_of(self.lanes)
    }

    /// The channels and the filters of a cell.
    fn cell(&self) -> (usize, usize) {
        (self.conv.channels / self.cells, self.conv.filters / self.cells)
    }

    /// Elements of the transformed weights for each point of a square.
    fn plane(&self) -> usize {
        self.conv.channels * self.padded(self.cell().1)
    }

    /// Elements of the transformed weights.
    pub fn weights_len(&self) -> usize {
        self.form.points() * self.plane()
    }

    /// What tells transformed weights of one convolution from those of another.
    pub fn key(&self) -> [usize; 5] {
        [self.form.side(), self.lanes, self.conv.channels, self.conv.filters, self.cells]
    }

    /// Transforms weights of shape `(3, 3, channels / groups, filters)`: for each point and each cell, panels of its filters, channel
    /// after channel.
    pub fn weights<T: Real>(&self, threads: &Threads, weights: &[T], to: &mut [T]) {
        if self.conv.groups == 1 {
            return self.transform(threads, weights, to);
        }
        self.in_cells(threads, to, |tap, channel, filter| {
            let (channels, _) = self.group();
            weights[(tap * channels + channel % channels) * self.conv.filters + filter]
        });
    }

    /// Transforms the weights of the convolution whose backward this is: `(3, 3, filters / groups, channels)`, turned round.
    pub fn turned_weights<T: Real>(&self, threads: &Threads, weights: &[T], to: &mut [T]) {
        let Conv { channels, filters, groups, .. } = self.conv;
        if groups > 1 {
            return self.in_cells(threads, to, |tap, channel, filter| {
                let (_, filters) = self.group();
                weights[((8 - tap) * filters + filter % filters) * channels + channel]
            });
        }
        let len = channels * filters;
        scratch::elements(9 * len, |turned: &mut [T]| {
            threads.chunks_mut(turned, len, &|tap, turned| {
                let from = &weights[(8 - tap) * len..][..len];
                let from = Matrix { data: from, rows: channels, cols: filters, row_stride: 1, col_stride: channels };
                pack(self.level, &from, 0..channels, 0, filters, turned);
            });
            self.transform(threads, turned, to);
        });
    }

    /// The channels and the filters of a group.
    fn group(&self) -> (usize, usize) {
        (self.conv.channels / self.conv.groups, self.conv.filters / self.conv.groups)
    }

    /// Transforms weights given by tap, channel and filter, with zeros where the two are of different groups of a cell.
    fn in_cells<T: Real>(&self, threads: &Threads, to: &mut [T], weight: impl Fn(usize, usize, usize) -> T + Sync) {
        let (channels, (_, cols)) = (self.conv.channels, self.cell());
        scratch::elements(9 * channels * cols, |cells: &mut [T]| {
            threads.chunks_mut(cells, channels * cols, &|tap, cells| {
                cells.fill(T::zero());
                for (channel, row) in cells.chunks_exact_mut(cols).enumerate() {
                    let filters = self.filters_of(channel);
                    let first = filters.start;
                    for (filter, to) in filters.zip(&mut row[first % cols..]) {
                        *to = weight(tap, channel, filter);
                    }
                }
            });
            self.transform(threads, cells, to);
        });
    }

    /// The filters that see a channel.
    fn filters_of(&self, channel: usize) -> Range<usize> {
        let (channels, filters) = self.group();
        let group = channel / channels;
        group * filters..(group + 1) * filters
    }

    /// Transforms weights of shape `(3, 3, channels, filters of a cell)`.
    fn transform<T: Real>(&self, threads: &Threads, weights: &[T], to: &mut [T]) {
        let (channels, (_, filters)) = (self.conv.channels, self.cell());
        let to = Shareable(to.as_mut_ptr());
        let block = channels.div_ceil(threads.tasks(channels * filters, WEIGHTS)).max(1);
        threads.run(channels.div_ceil(block), &|task| {
            let channels = task * block..((task + 1) * block).min(channels);
            self.level.run_vectors(Weights { winograd: self, weights, channels, to: to.get() });
        });
    }

    /// The number of regions.
    pub fn regions(&self) -> usize {
        self.conv.batch.div_ceil(self.images) * self.bands()
    }

    fn bands(&self) -> usize {
        self.conv.output[1].div_ceil(self.rows)
    }

    pub fn region(&self, index: usize) -> Region {
        let (image, row) = (index / self.bands() * self.images, index % self.bands() * self.rows);
        Region {
            images: image..(image + self.images).min(self.conv.batch),
            rows: row..(row + self.rows).min(self.conv.output[1]),
        }
    }

    /// Where the outputs of a region are among all of them.
    pub fn place(&self, region: &Region) -> Range<usize> {
        let line = self.conv.output[2] * self.conv.filters;
        let first = (region.images.start * self.conv.output[1] + region.rows.start) * line;
        first..first + region.images.len() * region.rows.len() * line
    }

    /// The outputs of a region; `weights` are transformed ones. Where the largest are put, it has even numbers of rows and of
    /// columns.
    pub fn forward<T: Real>(&self, x: &[T], weights: &[T], region: &Region, mut put: Put<'_, T>, bias: Option<&[T]>) {
        let Conv { channels, filters, output, .. } = self.conv;
        let (terms, cell) = (self.cell().0, self.padded(self.cell().1));
        let even =
            output[2].is_multiple_of(2) && region.rows.start.is_multiple_of(2) && region.rows.len().is_multiple_of(2);
        assert!(even || !matches!(put, Put::Largest(..)), "outputs two by two");
        let (points, channels_step, cols) = (self.form.points(), self.padded(channels), self.padded(filters));
        let squares = Squares::new(self, region);
        let chunk = self.chunk(squares.count(), 1);
        let (left, right) = (chunk * channels_step + GAP, chunk * cols + GAP);
        scratch::elements(points * (left + right), |room: &mut [T]| {
            let (inputs, products) = room.split_at_mut(points * left);
            scratch::indices(chunk, |offsets| {
                offsets.iter_mut().enumerate().for_each(|(row, offset)| *offset = row * channels_step);
                for first in (0..squares.count()).step_by(chunk) {
                    let part = first..(first + chunk).min(squares.count());
                    let rows = &offsets[..part.len()];
                    self.level.run_vectors(Inputs {
                        squares: &squares,
                        part: part.clone(),
                        x,
                        plane: left,
                        to: inputs,
                    });
                    for index in 0..self.cells {
                        let batch = Batch {
                            level: self.level,
                            rows,
                            terms,
                            term_step: 1,
                            cols: cell,
                            right_stride: None,
                            to_stride: cols,
                            write: Write::Overwrite,
                            left: (&inputs[index * terms..], left),
                            right: (&weights[index * terms * cell..], self.plane()),
                            count: points,
                        };
                        batch.run(&mut products[index * cell..], right);
                    }
                    let from = &*products;
                    let put = &mut put;
                    self.level.run_vectors(Outputs { squares: &squares, part, from, plane: right, put, bias });
                }
            });
        });
    }

    /// Squares of a chunk: at most some tiles of the micro-kernel, fewer where there are many channels, and about as many in
    /// each chunk, because few squares take almost as long as a whole tile.
    fn chunk(&self, squares: usize, times: usize) -> usize {
        let elements = self.form.points() * (self.conv.channels + self.conv.filters);
        let fitting = (3 << 16) / elements.max(1) / 12 * 12;
        let most = times * fitting.clamp(12, SQUARES);
        squares.div_ceil(squares.div_ceil(most).max(1)).max(1)
    }

    /// Whether the gradient of the weights is worth computing so.
    pub fn has_small_gradient(&self) -> bool {
        self.weights_len() <= GRADIENT
    }

    /// The gradients of the weights and of the bias.
    pub fn weight_gradient<T: Real>(
        &self,
        threads: &Threads,
        x: &[T],
        gradient: &Gradient<T>,
        dweights: &mut [T],
        dbias: Option<&mut [T]>,
        write: Write,
    ) {
        let filters = self.conv.filters;
        let len = self.weights_len();
        let work = self.regions() * self.images * self.rows * self.conv.output[2] * self.conv.work();
        let shards = (SHARDED / len).min(work / TASK / 4).min(self.regions()).clamp(1, SHARDS);
        scratch::elements(shards * (len + filters), |partial: &mut [T]| {
            threads.chunks_mut(partial, len + filters, &|shard, sums| {
                let regions = self.regions() * shard / shards..self.regions() * (shard + 1) / shards;
                let (sums, bias) = sums.split_at_mut(len);
                bias.fill(T::zero());
                for index in regions.clone() {
                    let region = self.region(index);
                    gradient.with(self.level, &self.conv, 1, &region.images, &region.rows, |dy| {
                        super::add_rows(self.level, dy, bias);
                        let write = if index == regions.start { Write::Overwrite } else { Write::Add };
                        self.accumulate(x, dy, &region, sums, write);
                    });
                }
            });
            if let Some(dbias) = dbias {
                for shard in 0..shards {
                    let write = if shard == 0 { write } else { Write::Add };
                    add_shards(&partial[shard * (len + filters) + len..][..filters], filters, dbias, write);
                }
            }
            self.gather(threads, partial, shards, dweights, write);
        });
    }

    /// The gradient of the weights from sums of products, those of each shard followed by a bias.
    fn gather<T: Real>(&self, threads: &Threads, partial: &[T], shards: usize, dweights: &mut [T], write: Write) {
        let Conv { channels, filters, groups, .. } = self.conv;
        let of_cells = |to: &mut [T], write: Write| {
            let to = Shareable(to.as_mut_ptr());
            let block = (TASK / 16 / (shards * self.form.points() * self.cell().1)).max(1).min(channels);
            threads.run(channels.div_ceil(block), &|task| {
                let channels = task * block..((task + 1) * block).min(channels);
                let step = self.weights_len() + filters;
                self.level.run_vectors(Gather { winograd: self, partial, shards, step, channels, to: to.get(), write });
            });
        };
        if groups == 1 {
            return of_cells(dweights, write);
        }
        let ((of_group, _), (_, cols)) = (self.group(), self.cell());
        scratch::elements(9 * channels * cols, |cells: &mut [T]| {
            of_cells(cells, Write::Overwrite);
            for (row, from) in cells.chunks_exact(cols).enumerate() {
                let (tap, channel) = (row / channels, row % channels);
                let place = self.filters_of(channel);
                let from = &from[place.start % cols..][..place.len()];
                let to = &mut dweights[(tap * of_group + channel % of_group) * filters..][place];
                to.iter_mut().zip(from).for_each(|(to, &value)| write.put(to, value));
            }
        });
    }

    /// Adds the products of the transformed inputs and gradients of a region.
    fn accumulate<T: Real>(&self, x: &[T], dy: &[T], region: &Region, sums: &mut [T], mut write: Write) {
        let Conv { channels, filters, .. } = self.conv;
        let (rows, cell) = (self.cell().0, self.padded(self.cell().1));
        let (points, channels_step, cols) = (self.form.points(), self.padded(channels), self.padded(filters));
        let squares = Squares::new(self, region);
        let chunk = self.chunk(squares.count(), 2);
        let (left, right) = (chunk * channels_step + GAP, chunk * cols + GAP);
        scratch::elements(points * (left + right), |room: &mut [T]| {
            let (inputs, gradients) = room.split_at_mut(points * left);
            scratch::indices(rows, |offsets| {
                offsets.iter_mut().enumerate().for_each(|(row, offset)| *offset = row);
                for first in (0..squares.count()).step_by(chunk) {
                    let part = first..(first + chunk).min(squares.count());
                    let (terms, to) = (part.len(), &mut *inputs);
                    self.level.run_vectors(Inputs { squares: &squares, part: part.clone(), x, plane: left, to });
                    let to = &mut *gradients;
                    self.level.run_vectors(Gradients { squares: &squares, part, dy, plane: right, to });
                    for index in 0..self.cells {
                        let batch = Batch {
                            level: self.level,
                            rows: offsets,
                            terms,
                            term_step: channels_step,
                            cols: cell,
                            right_stride: Some(cols),
                            to_stride: cell,
                            write,
                            left: (&inputs[index * rows..], left),
                            right: (&gradients[index * cell..], right),
                            count: points,
                        };
                        batch.run(&mut sums[index * rows * cell..], self.plane());
                    }
                    write = Write::Add;
                }
            });
        });
    }
}

/// How many cells the groups of a convolution make, of which each fills vectors and is worth the transforms; none if that takes too
/// many groups.
fn cells(conv: &Conv, lanes: usize) -> Option<usize> {
    let (channels, filters) = (conv.channels / conv.groups, conv.filters / conv.groups);
    let pays = |groups: usize| groups * channels >= CHANNELS && groups * filters >= CHANNELS;
    if conv.groups == 1 {
        return pays(1).then_some(1);
    }
    let fills = |groups: usize| conv.groups.is_multiple_of(groups) && (groups * filters).is_multiple_of(lanes);
    (1..=CELL).find(|&groups| pays(groups) && fills(groups)).map(|groups| conv.groups / groups)
}

fn least_common_multiple(a: usize, b: usize) -> usize {
    (1..=b).map(|k| a * k).find(|multiple| multiple.is_multiple_of(b)).unwrap_or(a * b)
}

/// The squares of outputs of a region.
struct Squares<'a> {
    winograd: &'a Winograd,
    region: &'a Region,
    down: usize,
    across: usize,
}

impl<'a> Squares<'a> {
    fn new(winograd: &'a Winograd, region: &'a Region) -> Self {
        let side = winograd.form.side();
        let (down, across) = (region.rows.len().div_ceil(side), winograd.conv.output[2].div_ceil(side));
        Squares { winograd, region, down, across }
    }

    fn count(&self) -> usize {
        self.region.images.len() * self.down * self.across
    }

    /// The image within the region, and the first row (within the region) and column of a square.
    #[inline(always)]
    fn place(&self, square: usize) -> (usize, usize, usize) {
        let side = self.winograd.form.side();
        let (line, col) = (square / self.across, square % self.across);
        (line / self.down, line % self.down * side, col * side)
    }
}
