//! Winograd's algorithm for windows of 3 x 3 at stride 1: F(2x2, 3x3) and F(4x4, 3x3).
//!
//! A square of outputs is `Aᵀ [(G g Gᵀ) ∘ (Bᵀ d B)] A`, with `d` the square of inputs that it sees and `g` the weights.
//! Over all channels the product of elements is a product of matrices for each place of the square: 2.25 and 4 times
//! fewer multiplications than the definition has. The gradient of the weights is `Gᵀ [(Bᵀ d B) ∘ (A dy Aᵀ)] G`, and that of
//! the input is a convolution with the weights turned round. After Lavin and Gray, "Fast Algorithms for Convolutional
//! Neural Networks" (2016). In single precision F(2x2) rounds like the definition; F(4x4) loses about a digit.

use std::ops::Range;

use crate::kernels::gemm::{Batch, Matrix, Write, add_shards, pack, panel_vectors};
use crate::kernels::{Level, Vector, VectorRoutine, scratch};
use crate::threads::Shareable;
use crate::{Real, Threads};

use super::forms::{self, Form};
use super::{Conv, Gradient, TASK};

/// Squares that are worked on at once: their transforms stay in the second-level cache.
const SQUARES: usize = 24;

/// Fewest channels and filters for which the transforms pay.
const CHANNELS: usize = 16;

/// Fewest squares for which the transformed weights, which are larger than the weights, pay.
const ALL_SQUARES: usize = 8;

/// Most elements of the transformed gradient of the weights.
const GRADIENT: usize = 1 << 19;

/// Elements of the output that a task should have at most, so that they are in cache for what comes next.
const REGION: usize = 1 << 15;

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
            && conv.groups == 1
            && conv.input[0] == 1
            && conv.output[0] == 1
            && conv.pad_before[0] == 0;
        let [_, height, width] = conv.output;
        if !applies || !threads.winograd() || conv.channels < CHANNELS || conv.filters < CHANNELS {
            return None;
        }
        // Multiplications, and a share for the transforms.
        let cost = |side: usize, weight: usize| {
            let squares = height.div_ceil(side) * width.div_ceil(side);
            (squares * (side + 2) * (side + 2) * weight, squares)
        };
        let (two, four) = (cost(2, 4), cost(4, 5));
        let (form, (cost, squares)) = if four.0 < two.0 { (Form::Four, four) } else { (Form::Two, two) };
        if cost >= height * width * 9 * 4 || conv.batch * squares < ALL_SQUARES {
            return None;
        }
        let lanes = threads.level().vector_bytes() / size_of::<T>();
        let mut winograd = Winograd { conv: *conv, form, level: threads.level(), lanes, images: 1, rows: height };
        let together = least_common_multiple(form.side(), rows.max(1));
        let line = width * conv.filters;
        if height * line <= REGION {
            winograd.images = (REGION / (height * line).max(1)).clamp(1, conv.batch.div_ceil(2).max(1));
        } else {
            winograd.rows = (REGION / (together * line)).max(1) * together;
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

    /// Elements of the transformed weights.
    pub fn weights_len(&self) -> usize {
        self.form.points() * self.conv.channels * self.padded(self.conv.filters)
    }

    /// What tells transformed weights of one convolution from those of another.
    pub fn key(&self) -> [usize; 4] {
        [self.form.side(), self.lanes, self.conv.channels, self.conv.filters]
    }

    /// Transforms weights of shape `(3, 3, channels, filters)`: for each point, panels of filters, channel after channel.
    pub fn weights<T: Real>(&self, threads: &Threads, weights: &[T], to: &mut [T]) {
        let Conv { channels, filters, .. } = self.conv;
        let (plane, to) = (channels * self.padded(filters), Shareable(to.as_mut_ptr()));
        let block = channels.min((TASK / 64 / filters).max(1));
        threads.run(channels.div_ceil(block), &|task| {
            let channels = task * block..((task + 1) * block).min(channels);
            self.level.run_vectors(Weights { winograd: self, weights, channels, plane, to: to.get() });
        });
    }

    /// Transforms the weights of the convolution whose backward this is: `(3, 3, filters, channels)`, turned round.
    pub fn turned_weights<T: Real>(&self, threads: &Threads, weights: &[T], to: &mut [T]) {
        let Conv { channels, filters, .. } = self.conv;
        let len = channels * filters;
        scratch::elements(9 * len, |turned: &mut [T]| {
            threads.chunks_mut(turned, len, &|tap, turned| {
                let from = &weights[(8 - tap) * len..][..len];
                let from = Matrix { data: from, rows: channels, cols: filters, row_stride: 1, col_stride: channels };
                pack(self.level, &from, 0..channels, 0, filters, turned);
            });
            self.weights(threads, turned, to);
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

    /// The outputs of a region; `weights` are transformed ones.
    pub fn forward<T: Real>(
        &self,
        x: &[T],
        weights: &[T],
        region: &Region,
        to: &mut [T],
        write: Write,
        bias: Option<&[T]>,
    ) {
        let Conv { channels, filters, .. } = self.conv;
        let (points, channels_step, cols) = (self.form.points(), self.padded(channels), self.padded(filters));
        let squares = Squares::new(self, region);
        let chunk = self.chunk(squares.count());
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
                    let batch = Batch {
                        level: self.level,
                        rows,
                        terms: channels,
                        term_step: 1,
                        cols,
                        right_stride: None,
                        to_stride: cols,
                        write: Write::Overwrite,
                        left: (&*inputs, left),
                        right: (weights, channels * cols),
                        count: points,
                    };
                    batch.run(products, right);
                    let from = &*products;
                    self.level.run_vectors(Outputs { squares: &squares, part, from, plane: right, to, write, bias });
                }
            });
        });
    }

    /// Squares of a chunk: whole tiles of the micro-kernel, and fewer where there are many channels.
    fn chunk(&self, squares: usize) -> usize {
        let elements = self.form.points() * (self.conv.channels + self.conv.filters);
        let fitting = (3 << 16) / elements.max(1) / 12 * 12;
        fitting.clamp(12, SQUARES).min(squares.max(1))
    }

    /// Whether the gradient of the weights is worth computing so.
    pub fn has_small_gradient(&self) -> bool {
        self.form.points() * self.conv.channels * self.padded(self.conv.filters) <= GRADIENT
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
        let Conv { channels, filters, .. } = self.conv;
        let plane = channels * self.padded(filters);
        let len = self.form.points() * plane;
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
            let (partial, to) = (&*partial, Shareable(dweights.as_mut_ptr()));
            let block = (TASK / 16 / (shards * self.form.points() * filters)).max(1).min(channels);
            threads.run(channels.div_ceil(block), &|task| {
                let channels = task * block..((task + 1) * block).min(channels);
                let step = len + filters;
                self.level.run_vectors(Gather { winograd: self, partial, shards, step, channels, to: to.get(), write });
            });
        });
    }

    /// Adds the products of the transformed inputs and gradients of a region.
    fn accumulate<T: Real>(&self, x: &[T], dy: &[T], region: &Region, sums: &mut [T], mut write: Write) {
        let Conv { channels, filters, .. } = self.conv;
        let (points, channels_step, cols) = (self.form.points(), self.padded(channels), self.padded(filters));
        let squares = Squares::new(self, region);
        let chunk = (2 * self.chunk(usize::MAX)).min(squares.count());
        let (left, right) = (chunk * channels_step + GAP, chunk * cols + GAP);
        scratch::elements(points * (left + right), |room: &mut [T]| {
            let (inputs, gradients) = room.split_at_mut(points * left);
            scratch::indices(channels, |offsets| {
                offsets.iter_mut().enumerate().for_each(|(row, offset)| *offset = row);
                for first in (0..squares.count()).step_by(chunk) {
                    let part = first..(first + chunk).min(squares.count());
                    let (terms, to) = (part.len(), &mut *inputs);
                    self.level.run_vectors(Inputs { squares: &squares, part: part.clone(), x, plane: left, to });
                    let to = &mut *gradients;
                    self.level.run_vectors(Gradients { squares: &squares, part, dy, plane: right, to });
                    let batch = Batch {
                        level: self.level,
                        rows: offsets,
                        terms,
                        term_step: channels_step,
                        cols,
                        right_stride: Some(cols),
                        to_stride: cols,
                        write,
                        left: (&*inputs, left),
                        right: (&*gradients, right),
                        count: points,
                    };
                    batch.run(sums, channels * cols);
                    write = Write::Add;
                }
            });
        });
    }
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

/// Calls `$body` with `$points` a constant: the points along a side.
macro_rules! by_form {
    ($form:expr, $body:ident, $($argument:expr),*) => {
        match $form {
            // SAFETY: the caller answers for the register.
            Form::Two => unsafe { $body::<V, 4, 2>($($argument),*) },
            // SAFETY: the caller answers for the register.
            Form::Four => unsafe { $body::<V, 6, 4>($($argument),*) },
        }
    };
}

/// Runs of channels: the first of each and how many count.
#[inline(always)]
fn runs(lanes: usize, count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).step_by(lanes).map(move |first| (first, lanes.min(count - first)))
}

/// # Safety
/// The processor has the register, and `count` elements may be read.
#[inline(always)]
unsafe fn load<V: Vector>(from: &[V::Element], count: usize) -> V {
    let from = from[..count].as_ptr();
    // SAFETY: the slice holds `count` elements.
    unsafe { if count == V::LANES { V::load(from) } else { V::load_first(from, count) } }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn store<V: Vector>(value: V, to: &mut [V::Element], count: usize) {
    let to = to[..count].as_mut_ptr();
    // SAFETY: the slice holds `count` elements.
    unsafe { if count == V::LANES { value.store(to) } else { value.store_first(to, count) } }
}

/// `Bᵀ d B` of each square.
struct Inputs<'a, T> {
    squares: &'a Squares<'a>,
    part: Range<usize>,
    x: &'a [T],
    plane: usize,
    to: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Inputs<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.squares.winograd.form;
        by_form!(form, inputs, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn inputs<V: Vector, const N: usize, const O: usize>(work: Inputs<'_, V::Element>)
where
    V::Element: Real,
{
    let Inputs { squares, part, x, plane, to } = work;
    let (conv, region) = (&squares.winograd.conv, squares.region);
    let [_, height, width] = conv.input;
    let step = squares.winograd.padded(conv.channels);
    let line = width * conv.channels;
    // SAFETY: the caller answers for the register.
    let zero = unsafe { V::splat(V::Element::default()) };
    for (place, square) in part.enumerate() {
        let (image, row, col) = squares.place(square);
        let image = &x[(region.images.start + image) * height * line..][..height * line];
        let top = (region.rows.start + row) as isize - conv.pad_before[1] as isize;
        let left = col as isize - conv.pad_before[2] as isize;
        let inside = top >= 0 && left >= 0 && top as usize + N <= height && left as usize + N <= width;
        for (channel, count) in runs(V::LANES, conv.channels) {
            let mut half = [[zero; N]; N];
            for j in 0..N {
                let mut column = [zero; N];
                for i in 0..N {
                    let (row, col) = (top + i as isize, left + j as isize);
                    if inside && count == V::LANES {
                        let from = (top as usize + i) * line + (left as usize + j) * conv.channels + channel;
                        // SAFETY: the square lies inside the image, and the vector within its channels.
                        column[i] = unsafe { V::load(image.as_ptr().add(from)) };
                    } else if row >= 0 && col >= 0 && (row as usize) < height && (col as usize) < width {
                        let from = &image[row as usize * line + col as usize * conv.channels + channel..];
                        // SAFETY: the caller answers for the register; the slice is checked.
                        column[i] = unsafe { load(from, count) };
                    }
                }
                // SAFETY: the caller answers for the register.
                let column = unsafe { forms::input::<V, N>(column) };
                for i in 0..N {
                    half[i][j] = column[i];
                }
            }
            for i in 0..N {
                // SAFETY: the caller answers for the register.
                let row = unsafe { forms::input::<V, N>(half[i]) };
                for j in 0..N {
                    let to = &mut to[(i * N + j) * plane + place * step + channel..];
                    // SAFETY: the caller answers for the register; the slice is checked.
                    unsafe { store(row[j], to, V::LANES) };
                }
            }
        }
    }
}

/// `Aᵀ m A` of each square, with the bias.
struct Outputs<'a, T> {
    squares: &'a Squares<'a>,
    part: Range<usize>,
    from: &'a [T],
    plane: usize,
    to: &'a mut [T],
    write: Write,
    bias: Option<&'a [T]>,
}

impl<T: Real> VectorRoutine<T> for Outputs<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.squares.winograd.form;
        by_form!(form, outputs, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn outputs<V: Vector, const N: usize, const O: usize>(work: Outputs<'_, V::Element>)
where
    V::Element: Real,
{
    let Outputs { squares, part, from, plane, to, write, bias } = work;
    let conv = &squares.winograd.conv;
    let rows = squares.region.rows.len();
    let (width, step) = (conv.output[2], squares.winograd.padded(conv.filters));
    // SAFETY: the caller answers for the register.
    let zero = unsafe { V::splat(V::Element::default()) };
    for (place, square) in part.enumerate() {
        let (image, row, col) = squares.place(square);
        let (down, across) = (O.min(rows - row), O.min(width - col));
        for (filter, count) in runs(V::LANES, conv.filters) {
            let mut half = [[zero; N]; O];
            for j in 0..N {
                let mut column = [zero; N];
                for i in 0..N {
                    let from = &from[(i * N + j) * plane + place * step + filter..];
                    // SAFETY: the caller answers for the register; the slice is checked.
                    column[i] = unsafe { load(from, V::LANES) };
                }
                // SAFETY: the caller answers for the register.
                let column = unsafe { forms::output::<V, N, O>(column) };
                for i in 0..O {
                    half[i][j] = column[i];
                }
            }
            let bias = match bias {
                // SAFETY: the caller answers for the register; the slice is checked.
                Some(bias) => unsafe { load(&bias[filter..], count) },
                None => zero,
            };
            for i in 0..down {
                // SAFETY: the caller answers for the register.
                let line = unsafe { forms::output::<V, N, O>(half[i]) };
                for j in 0..across {
                    let to = &mut to[((image * rows + row + i) * width + col + j) * conv.filters + filter..];
                    // SAFETY: the caller answers for the register; the slices are checked.
                    unsafe {
                        let first = if write == Write::Add { bias.add(load(to, count)) } else { bias };
                        store(line[j].add(first), to, count);
                    }
                }
            }
        }
    }
}

/// `A dy Aᵀ` of each square.
struct Gradients<'a, T> {
    squares: &'a Squares<'a>,
    part: Range<usize>,
    dy: &'a [T],
    plane: usize,
    to: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Gradients<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.squares.winograd.form;
        by_form!(form, gradients, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn gradients<V: Vector, const N: usize, const O: usize>(work: Gradients<'_, V::Element>)
where
    V::Element: Real,
{
    let Gradients { squares, part, dy, plane, to } = work;
    let conv = &squares.winograd.conv;
    let rows = squares.region.rows.len();
    let (width, step) = (conv.output[2], squares.winograd.padded(conv.filters));
    // SAFETY: the caller answers for the register.
    let zero = unsafe { V::splat(V::Element::default()) };
    for (place, square) in part.enumerate() {
        let (image, row, col) = squares.place(square);
        let (down, across) = (O.min(rows - row), O.min(width - col));
        for (filter, count) in runs(V::LANES, conv.filters) {
            let mut half = [[zero; O]; N];
            for j in 0..across {
                let mut column = [zero; O];
                for i in 0..down {
                    let from = &dy[((image * rows + row + i) * width + col + j) * conv.filters + filter..];
                    // SAFETY: the caller answers for the register; the slice is checked.
                    column[i] = unsafe { load(from, count) };
                }
                // SAFETY: the caller answers for the register.
                let column = unsafe { forms::gradient::<V, N, O>(column) };
                for i in 0..N {
                    half[i][j] = column[i];
                }
            }
            for i in 0..N {
                // SAFETY: the caller answers for the register.
                let row = unsafe { forms::gradient::<V, N, O>(half[i]) };
                for j in 0..N {
                    let to = &mut to[(i * N + j) * plane + place * step + filter..];
                    // SAFETY: the caller answers for the register; the slice is checked.
                    unsafe { store(row[j], to, V::LANES) };
                }
            }
        }
    }
}

/// `G g Gᵀ` of some channels.
struct Weights<'a, T> {
    winograd: &'a Winograd,
    weights: &'a [T],
    channels: Range<usize>,
    plane: usize,
    /// All transformed weights; nobody else writes these channels.
    to: *mut T,
}

impl<T: Real> VectorRoutine<T> for Weights<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.winograd.form;
        by_form!(form, weights, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn weights<V: Vector, const N: usize, const O: usize>(work: Weights<'_, V::Element>)
where
    V::Element: Real,
{
    let Weights { winograd, weights, channels, plane, to } = work;
    let Conv { channels: all, filters, .. } = winograd.conv;
    let vectors = winograd.padded(filters) / V::LANES;
    for channel in channels {
        for (filter, count) in runs(V::LANES, filters) {
            let vector = filter / V::LANES;
            let first = vector / 2 * 2;
            let width = panel_vectors(vectors, first);
            // The panels before, the channels before, the vectors before.
            let place = (first * all + channel * width + vector - first) * V::LANES;
            // SAFETY: the caller answers for the register; slices are checked; a channel has its own places.
            unsafe {
                let tap = |row: usize, col: usize| {
                    load(&weights[((row * 3 + col) * all + channel) * filters + filter..], count)
                };
                let half: [[V; N]; 3] =
                    std::array::from_fn(|col| forms::weights::<V, N>(std::array::from_fn(|row| tap(row, col))));
                for i in 0..N {
                    let row = forms::weights::<V, N>([half[0][i], half[1][i], half[2][i]]);
                    for j in 0..N {
                        row[j].store(to.add((i * N + j) * plane + place));
                    }
                }
            }
        }
    }
}

/// `Gᵀ u G` of some channels, summed over shards.
struct Gather<'a, T> {
    winograd: &'a Winograd,
    partial: &'a [T],
    shards: usize,
    /// Elements of a shard.
    step: usize,
    channels: Range<usize>,
    /// The whole gradient; nobody else writes these channels.
    to: *mut T,
    write: Write,
}

impl<T: Real> VectorRoutine<T> for Gather<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.winograd.form;
        by_form!(form, gather, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn gather<V: Vector, const N: usize, const O: usize>(work: Gather<'_, V::Element>)
where
    V::Element: Real,
{
    let Gather { winograd, partial, shards, step, channels, to, write } = work;
    let Conv { channels: all, filters, .. } = winograd.conv;
    let cols = winograd.padded(filters);
    for channel in channels {
        for (filter, count) in runs(V::LANES, filters) {
            let sum = |point: usize| {
                let place = (point * all + channel) * cols + filter;
                // SAFETY: the caller answers for the register; the slices are checked.
                unsafe {
                    let first: V = load(&partial[place..], V::LANES);
                    (1..shards).fold(first, |sum, shard| sum.add(load(&partial[shard * step + place..], V::LANES)))
                }
            };
            // SAFETY: the caller answers for the register; a channel has its own places in the gradient.
            unsafe {
                let half: [[V; 3]; N] =
                    std::array::from_fn(|j| forms::gathered::<V, N>(std::array::from_fn(|i| sum(i * N + j))));
                for row in 0..3 {
                    let taps = forms::gathered::<V, N>(std::array::from_fn(|j| half[j][row]));
                    for col in 0..3 {
                        let to = to.add(((row * 3 + col) * all + channel) * filters + filter);
                        let to = std::slice::from_raw_parts_mut(to, count);
                        let value = if write == Write::Add { taps[col].add(load(to, count)) } else { taps[col] };
                        store(value, to, count);
                    }
                }
            }
        }
    }
}
