//! The activations at the end of other layers, and their way back.

use formwork_shape::Activation;

use super::each;
use crate::buffer::Buffer;
use crate::kernels::gemm::Activate;
use crate::kernels::{Level, Write, activation, scratch};
use crate::{Real, Threads};

/// What an activation keeps in training: its input where the way back needs it, and room for a gradient.
#[derive(Debug, Default)]
pub(super) struct Kept<T> {
    x: Buffer<T>,
    d: Buffer<T>,
}

impl<T: Real> Kept<T> {
    /// `data = activation(data)`, in rows of `width`; what it was is kept if it will be needed.
    pub fn forward(&mut self, threads: &Threads, activation: Activation, data: &mut [T], width: usize) {
        if !activation.reads_input() || data.is_empty() {
            return forward(threads, activation, data, width);
        }
        let x = self.x.take(data.len());
        let chunk = chunk(threads, activation, data.len(), width);
        threads.zip_chunks_mut([data, x], chunk, &|_, [data, x]| {
            let part = part(width);
            for (data, x) in data.chunks_mut(part).zip(x.chunks_mut(part)) {
                x.copy_from_slice(data);
                activation::forward(threads.level(), activation, data, width);
            }
        });
    }

    /// What was kept.
    pub fn input(&self, len: usize) -> &[T] {
        self.x.get(len)
    }

    /// The gradient before the activation, from that after it and from its output `y`.
    pub fn back<'a>(
        &'a mut self,
        threads: &Threads,
        activation: Activation,
        y: &[T],
        dy: &'a [T],
        width: usize,
    ) -> &'a [T] {
        if activation == Activation::Linear {
            return dy;
        }
        let known = if activation.reads_input() { self.x.get(dy.len()) } else { y };
        let d = self.d.take(dy.len());
        backward(threads, activation, known, dy, (d, Write::Overwrite), width);
        d
    }
}

/// `data = activation(data)`, in rows of `width`.
pub(super) fn forward<T: Real>(threads: &Threads, activation: Activation, data: &mut [T], width: usize) {
    if activation != Activation::Linear {
        rows(threads, activation, data, width, |_, data| {
            activation::forward(threads.level(), activation, data, width);
        });
    }
}

/// `y = activation(x)`, in rows of `width`.
pub(super) fn of<T: Real>(threads: &Threads, activation: Activation, x: &[T], y: &mut [T], width: usize) {
    rows(threads, activation, y, width, |first, y| {
        let part = part(width);
        for (y, x) in y.chunks_mut(part).zip(x[first..].chunks(part)) {
            y.copy_from_slice(&x[..y.len()]);
            activation::forward(threads.level(), activation, y, width);
        }
    });
}

/// The gradient before the activation; `known` is its input where [`Activation::reads_input`], else its output.
pub(super) fn backward<T: Real>(
    threads: &Threads,
    activation: Activation,
    known: &[T],
    dy: &[T],
    (dx, write): (&mut [T], Write),
    width: usize,
) {
    rows(threads, activation, dx, width, |first, dx| {
        let (known, dy) = (&known[first..][..dx.len()], &dy[first..][..dx.len()]);
        activation::backward(threads.level(), activation, known, dy, dx, write, width);
    });
}

/// Calls `work` with parts of `data`, which are whole rows, and the place of the first element of each.
fn rows<T: Real>(
    threads: &Threads,
    activation: Activation,
    data: &mut [T],
    width: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    if width > 0 && !data.is_empty() {
        let chunk = chunk(threads, activation, data.len(), width);
        threads.chunks_mut(data, chunk, &|task, data| work(task * chunk, data));
    }
}

/// Elements of a task: whole rows.
fn chunk(threads: &Threads, activation: Activation, len: usize, width: usize) -> usize {
    (len / width).div_ceil(each::tasks(threads, len * effort(activation))) * width
}

/// Elements that are copied and then changed: whole rows.
fn part(width: usize) -> usize {
    each::PART.div_ceil(width) * width
}

/// How many times as long an element takes as a copy of it.
fn effort(activation: Activation) -> usize {
    use Activation::{
        HardShrink, HardSigmoid, HardSilu, HardTanh, LeakyRelu, Linear, Relu, Relu6, SoftShrink, SparsePlus,
        SparseSigmoid,
    };
    match activation {
        Linear | Relu | Relu6 | LeakyRelu | HardSigmoid | HardSilu | HardTanh | HardShrink | SoftShrink
        | SparsePlus | SparseSigmoid => 1,
        _ => 4,
    }
}

/// Applies an activation while a product is made; nothing where it needs whole rows.
pub(super) fn fused(level: Level, activation: Activation) -> Fused {
    Fused { level, activation }
}

/// What [`fused`] gives.
pub(super) struct Fused {
    level: Level,
    activation: Activation,
}

impl<T: Real> Activate<T> for Fused {
    fn apply(&self, run: &mut [T]) {
        if !self.activation.of_rows() {
            activation::forward(self.level, self.activation, run, 1);
        }
    }

    fn is_relu(&self) -> bool {
        self.activation == Activation::Relu
    }
}

/// Applies what [`fused`] could not.
pub(super) fn finish<T: Real>(threads: &Threads, activation: Activation, data: &mut [T], width: usize) {
    if activation.of_rows() {
        forward(threads, activation, data, width);
    }
}

/// Applies an activation to rows of `units` in a routine of a level. Those that recurrent layers mostly have become part
/// of the routine.
#[inline(always)]
pub(super) fn gate<const FMA: bool, T: Real>(level: Level, activation: Activation, values: &mut [T], units: usize) {
    match activation {
        Activation::Sigmoid => values.iter_mut().for_each(|x| *x = activation::sigmoid::<FMA, T>(*x)),
        Activation::Tanh => values.iter_mut().for_each(|x| *x = activation::tanh::<FMA, T>(*x)),
        _ => activation::forward(level, activation, values, units),
    }
}

/// `d = dy slope` for one row in a routine of a level; `known` as in [`backward`].
#[inline(always)]
pub(super) fn gate_back<T: Real>(
    level: Level,
    activation: Activation,
    known: &[T],
    dy: impl Iterator<Item = T>,
    d: &mut [T],
) {
    let terms = d.iter_mut().zip(known.iter().zip(dy));
    match activation {
        Activation::Sigmoid => terms.for_each(|(d, (y, dy))| *d = dy * *y * (T::one() - *y)),
        Activation::Tanh => terms.for_each(|(d, (y, dy))| *d = dy * (T::one() - *y * *y)),
        _ => {
            terms.for_each(|(d, (_, dy))| *d = dy);
            let width = d.len();
            scratch::elements(width, |dy: &mut [T]| {
                dy.copy_from_slice(d);
                activation::backward(level, activation, known, dy, d, Write::Overwrite, width);
            });
        }
    }
}

/// What the activations of a step were given, in rows of `units`, where one of them goes back from that.
#[derive(Clone, Copy)]
pub(super) struct Given<'a, T> {
    rows: &'a [T],
    units: usize,
}

impl<'a, T> Given<'a, T> {
    /// How many rows a step keeps that has `rows` of them.
    #[inline(always)]
    pub fn kept(activations: [Activation; 2], rows: usize) -> usize {
        if activations[0].reads_input() || activations[1].reads_input() { rows } else { 0 }
    }

    /// Rows that were kept; there may be none.
    #[inline(always)]
    pub fn new(rows: &'a [T], units: usize) -> Self {
        Given { rows, units }
    }

    /// What `activation` goes back from: row `row`, or its output `y`.
    #[inline(always)]
    pub fn known(self, activation: Activation, row: usize, y: &'a [T]) -> &'a [T] {
        if self.rows.is_empty() || !activation.reads_input() { y } else { &self.rows[row * self.units..][..self.units] }
    }
}

/// The products of two slices.
#[inline(always)]
pub(super) fn products<'a, T: Real>(a: &'a [T], b: &'a [T]) -> impl Iterator<Item = T> {
    a.iter().zip(b).map(|(a, b)| *a * *b)
}
