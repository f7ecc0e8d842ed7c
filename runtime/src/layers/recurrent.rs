//! What the recurrent layers share: whole sequences, forward and backward.
//!
//! Samples do not depend on one another, so each task takes some of them through all steps. A step makes the sums of some
//! units and samples in registers, and their new states from that; only where a cell needs the sums of all units at once
//! are they made in memory. What backward needs of a step is its record.
//!
//! A masked step hands the states on as they were. Its output is that of the step before, 0 if there is none.

mod backward;
pub(super) mod few;
mod forward;

use formwork_shape::Activation;

use super::each;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass};
use crate::kernels::gemm::{Matrix, Panels, Right};
use crate::kernels::recurrent::{Gates, Packed};
use crate::kernels::{Level, Routine, Write};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::Variable;
use crate::{Real, Threads};

/// What happens in one step.
pub(super) trait Cell<T: Real>: Sync {
    /// The width of the kernels.
    fn width(&self) -> usize;

    /// Are the products with the recurrent kernel kept apart from those with the kernel? They have a bias of their own.
    fn apart(&self) -> bool {
        false
    }

    /// What is computed of each unit by itself; none where the units need one another before they are h.
    fn gates(&self) -> Option<Gates>;

    /// The states: h, or h and c.
    fn states(&self) -> usize;

    /// The numbers of a record.
    fn record(&self) -> usize;

    /// Turns sums into records and new states, as the gates do where there are some. It is called in code for `level`, and
    /// is `#[inline(always)]` to be compiled for it.
    fn forward<const FMA: bool>(&self, level: Level, step: Step<'_, T>);

    /// Makes the gradients of the sums, and turns those of the new states into those of the states before, less what goes
    /// through the recurrent kernel. It is called as `forward` is, where there are no gates.
    fn backward(&self, level: Level, step: StepBack<'_, T>);
}

/// A step of a cell, in code for the level.
struct AtLevel<'a, C, S> {
    cell: &'a C,
    level: Level,
    step: S,
}

impl<C: Cell<T>, T: Real> Routine for AtLevel<'_, C, Step<'_, T>> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        self.cell.forward::<FMA>(self.level, self.step);
    }
}

impl<C: Cell<T>, T: Real> Routine for AtLevel<'_, C, StepBack<'_, T>> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        self.cell.backward(self.level, self.step);
    }
}

/// One step of some samples, forward.
pub(super) struct Step<'a, T> {
    pub count: usize,
    /// The products with the kernel, and where they are not apart those with the recurrent kernel, with the bias.
    pub sums: &'a [T],
    pub sums_stride: usize,
    /// The products with the recurrent kernel and their bias, where they are apart.
    pub products: &'a [T],
    /// The states of each sample, before the step and then after it.
    pub h: &'a mut [T],
    pub c: &'a mut [T],
    /// What dropout has multiplied h of each sample by, where the recurrent kernel met it.
    pub factors: Option<&'a [T]>,
    pub records: &'a mut [T],
    pub record_stride: usize,
}

/// One step of some samples, backward.
pub(super) struct StepBack<'a, T> {
    pub count: usize,
    pub records: &'a [T],
    pub record_stride: usize,
    /// Where the gradients of the sums go, and behind them those of the products that are apart.
    pub gradients: &'a mut [T],
    pub gradient_stride: usize,
    /// The gradients of the states of each sample.
    pub d: &'a mut [T],
    /// What dropout had multiplied h of each sample by.
    pub factors: Option<&'a [T]>,
}

/// How the layer's inputs and outputs are used.
#[derive(Clone, Copy)]
pub(super) struct Sequence {
    pub units: usize,
    pub use_bias: bool,
    pub return_sequences: bool,
    pub go_backwards: bool,
    pub zero_output_for_mask: bool,
    /// The shares of features and of the state that training drops.
    pub dropouts: [f64; 2],
}

/// What a pass keeps.
#[derive(Default)]
pub(super) struct Memory<T> {
    /// Of every step of every sample, in the order of time: what backward needs, in place of which it may leave gradients,
    records: Buffer<T>,
    /// the features and h as the kernels met them, and 1 for the bias where it is added to both,
    met: Buffer<T>,
    /// what threads that share the units exchange,
    exchanged: Buffer<T>,
    /// the memory of threads that share the units,
    own: Buffer<T>,
    /// and the gradients of the sums.
    gradients: Buffer<T>,
    /// The kernel, the recurrent kernel and its transpose in the layout of products.
    panels: [Panels<T>; 3],
    /// Which steps of each sample, in the order in which they are taken, have an output other than 0.
    shown: Vec<bool>,
    /// What the features and the state of each sample are multiplied by.
    factors: [Buffer<T>; 2],
    /// The inputs after dropout.
    inputs: Buffer<T>,
    /// A gradient before dropout.
    undropped: Buffer<T>,
    /// The weights in panels.
    packed: Kept<T>,
    /// Weights as a cell wants the loop to see them.
    pub altered: Vec<Variable<T>>,
}

/// The weights in panels, made of variables with these stamps.
#[derive(Default)]
struct Kept<T> {
    stamps: [u64; 3],
    packed: Option<Packed<T>>,
}

impl<T: Real> Kept<T> {
    /// The weights of a layer with these gates; made anew if they have changed.
    fn of(&mut self, sequence: &Sequence, gates: Gates, pass: &Pass<'_>, weights: &[Variable<T>]) -> &Packed<T> {
        let stamps = [0, 1, 2].map(|place| weights.get(place).map_or(0, Variable::stamp));
        let same = self.stamps == stamps
            && self.packed.as_ref().is_some_and(|kept| kept.gates() == gates && kept.level() == pass.threads.level());
        let mut packed = self.packed.take().unwrap_or_else(|| Packed::new(gates));
        if !same {
            let kernels = [weights[0].data(), weights[1].data()];
            packed.pack(pass.threads, gates, sequence.units, kernels, sequence.use_bias.then(|| weights[2].data()));
            self.stamps = stamps;
        }
        self.packed.insert(packed)
    }
}

/// The sizes of a pass.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    steps: usize,
    features: usize,
    units: usize,
    width: usize,
    states: usize,
    record: usize,
    /// The gradients of the sums of a step.
    gradients: usize,
    /// What the kernels and the bias meet in a step.
    met: usize,
}

/// Multiplications of a sequence from which several threads share it: some microseconds of work.
const PARALLEL: usize = if cfg!(test) { 1 } else { 1 << 20 };

/// Samples from which a step's products with the kernel are made in that step; those of fewer samples are made at once
/// for all steps, to use what was loaded of the kernel for many rows, unless it is near anyway.
const FOLDED: usize = if cfg!(test) { 2 } else { 4 };

/// Bytes of weights in panels that stay in the first-level cache: to meet them in every step costs nothing.
const NEAR: usize = if cfg!(test) { 1 << 10 } else { 1 << 15 };

/// The fewest and the most samples of a task.
const TASK: [usize; 2] = if cfg!(test) { [1, 2] } else { [4, 16] };

/// Bytes up to which a kernel stays in the first-level cache and is best left where it lies.
const SMALL: usize = if cfg!(test) { 64 } else { 1 << 15 };

impl Sizes {
    fn new<T: Real>(sequence: &Sequence, cell: &impl Cell<T>, x: &View<'_, T>) -> Sizes {
        let width = cell.width();
        Sizes {
            batch: x.batch(),
            steps: x.shape().dim(0),
            features: x.last(),
            units: sequence.units,
            width,
            states: cell.states(),
            record: cell.gates().map_or(cell.record(), |gates| gates.record() * sequence.units),
            gradients: if cell.apart() { 2 * width } else { width },
            met: x.last() + sequence.units + usize::from(sequence.use_bias && !cell.apart()),
        }
    }

    /// Into how many groups the samples are split. Each sample is computed by itself, so that the split may follow the
    /// threads and leaves every bit as it is.
    fn groups(&self, threads: &Threads) -> usize {
        let work = self.batch * self.steps * (self.features + self.units) * self.width;
        if work < PARALLEL {
            return 1;
        }
        self.batch.div_ceil(self.batch.div_ceil(threads.count()).clamp(TASK[0], TASK[1]))
    }

    /// Samples of the largest group.
    fn group(&self, threads: &Threads) -> usize {
        self.batch.div_ceil(self.groups(threads).max(1))
    }
}

/// A kernel as the right operand of the products of many steps with some rows each: packed where that pays.
fn operand<'a, T: Real>(
    threads: &Threads,
    kernel: Matrix<'a, T>,
    rows: usize,
    panels: &'a mut Panels<T>,
) -> Right<'a, T> {
    let small = kernel.rows * kernel.cols * size_of::<T>() <= SMALL;
    if kernel.col_stride == 1 && (rows < TASK[0] || small) {
        return kernel.into();
    }
    panels.pack(threads, threads.level().of_vectors(), kernel);
    (&*panels).into()
}

/// Do all of these activations take each unit by itself?
pub(super) fn take_single<const N: usize>(activations: [Activation; N]) -> bool {
    !activations.into_iter().any(Activation::of_rows)
}

/// Is it a masked step of a sample?
pub(super) fn is_masked<T: Real>(mask: Option<&[T]>, place: usize) -> bool {
    mask.is_some_and(|mask| mask[place] == T::zero())
}

/// Calls `work` with each run of samples for which the step is not masked.
fn unmasked_runs(count: usize, masked: impl Fn(usize) -> bool, mut work: impl FnMut(std::ops::Range<usize>)) {
    let mut start = 0;
    while start < count {
        let end = (start..count).find(|sample| masked(*sample)).unwrap_or(count);
        if end > start {
            work(start..end);
        }
        start = end + 1;
    }
}

/// The rows of each sample times its factors.
fn scaled<T: Real>(pass: &Pass<'_>, from: &[T], factors: &[T], steps: usize, to: &mut [T], write: Write) {
    let width = factors.len() / pass.batch;
    each::parts(pass.threads, to, width, |row, to| {
        let (from, factors) = (&from[row * width..][..width], &factors[row / steps * width..][..width]);
        to.iter_mut()
            .zip(from.iter().zip(factors))
            .for_each(|(to, (from, factor))| each::put(write, to, *from * *factor));
    });
}

impl Sequence {
    /// The place of step `s` in time.
    pub(super) fn time(&self, s: usize, steps: usize) -> usize {
        if self.go_backwards { steps - 1 - s } else { s }
    }

    /// Bias number `part`, of `width` numbers.
    fn bias<'a, T: Real>(&self, weights: &'a [Variable<T>], part: usize, width: usize) -> Option<&'a [T]> {
        self.use_bias.then(|| &weights[2].data()[part * width..(part + 1) * width])
    }
}

/// A recurrent layer, for itself or as one direction of another.
pub(super) trait Rnn<T: Real> {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
    );

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &[Variable<T>],
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        memory: &mut Memory<T>,
        random: &mut Random,
    );

    fn backward(&self, pass: &Pass<'_>, weights: &[Variable<T>], step: Backward<'_, '_, T>, memory: &mut Memory<T>);
}

impl<T: Real> Memory<T> {
    /// What the last pass in training noted of each step of each sample, and the gradients of the sums that the last pass
    /// back made.
    pub fn noted(&self, records: usize, gradients: usize) -> (&[T], &[T]) {
        (self.records.get(records), self.gradients.get(gradients))
    }
}

/// Makes a layer of its cell; `recurrent!(kernel ..)` leaves the choice of the cell to the layer's `Rnn`.
macro_rules! recurrent {
    ($layer:ident, $cell:ident) => {
        $crate::layer_kernels::recurrent::recurrent!(kernel $layer);

        impl<T: $crate::Real> Rnn<T> for layers::$layer {
            fn infer(
                &self,
                pass: &Pass<'_>,
                weights: &[Variable<T>],
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                memory: &mut Memory<T>,
            ) {
                sequence(self, pass).infer(&$cell { layer: self }, pass, weights, x, y, memory);
            }

            fn train(
                &self,
                pass: &Pass<'_>,
                weights: &[Variable<T>],
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                memory: &mut Memory<T>,
                random: &mut Random,
            ) {
                sequence(self, pass).train(&$cell { layer: self }, pass, weights, x, y, memory, random);
            }

            fn backward(
                &self,
                pass: &Pass<'_>,
                weights: &[Variable<T>],
                step: Backward<'_, '_, T>,
                memory: &mut Memory<T>,
            ) {
                sequence(self, pass).backward(&$cell { layer: self }, pass, weights, step, memory);
            }
        }
    };
    (kernel $layer:ident) => {
        fn sequence(layer: &layers::$layer, pass: &Pass<'_>) -> $crate::layer_kernels::recurrent::Sequence {
            $crate::layer_kernels::recurrent::Sequence {
                units: layer.units,
                use_bias: layer.use_bias,
                return_sequences: layer.return_sequences,
                go_backwards: layer.go_backwards,
                zero_output_for_mask: layer.zero_output_for_mask,
                dropouts: [layer.dropout, layer.recurrent_dropout].map(|share| pass.randomly(share)),
            }
        }

        impl<T: $crate::Real> Kernel<T> for layers::$layer {
            fn infer(
                &self,
                pass: &Pass<'_>,
                weights: &Weights<T>,
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                work: &mut Work,
            ) {
                Rnn::infer(self, pass, weights.variables(), x, y, work.of());
            }

            fn train(
                &self,
                pass: &Pass<'_>,
                weights: &mut Weights<T>,
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                work: &mut Work,
            ) {
                let mut random = work.random(pass, self.seed);
                Rnn::train(self, pass, weights.variables(), x, y, work.of(), &mut random);
            }

            fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
                Rnn::backward(self, pass, weights.variables(), step, work.of());
            }
        }
    };
}

pub(super) use recurrent;
