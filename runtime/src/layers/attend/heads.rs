//! Several attentions side by side, each on projections of its own: what MultiHeadAttention and GroupQueryAttention share.

use formwork_shape::{Activation, Masks};

use super::super::{activate, columns, each};
use super::{Hiding, Scores, Weighing, split};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass, Work};
use crate::kernels::Write;
use crate::kernels::attention::{Part, Sizes, Targets};
use crate::kernels::gemm::{Epilogue, KeptRight, Matrix, Way, gemm, gemm_with};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// The projections, in the order of their weights.
const QUERY: usize = 0;
const KEY: usize = 1;
const GATE: usize = 2;
const VALUE: usize = 3;
const OUTPUT: usize = 4;

/// The settings that both layers have.
#[derive(Clone, Copy)]
pub(in super::super) struct Heads {
    pub heads: usize,
    /// The number of keys and values that the heads share.
    pub shared: usize,
    /// The width of query and key in a head.
    pub key: usize,
    /// The width of the value in a head.
    pub value: usize,
    /// The number of axes before those that are attended over.
    pub leading: usize,
    pub biased: bool,
    pub gated: bool,
    pub causal: bool,
    pub near: Option<usize>,
    pub dropout: f64,
    pub masks: Masks,
}

/// The weights and the kernel of a layer, whose settings `$heads` makes of it and its inputs.
macro_rules! side_by_side {
    ($layer:ident, $heads:path) => {
        $crate::weights::named_weights! {
            $layer {
                query_kernel / query_kernel_mut: Ix3,
                query_bias / query_bias_mut: Ix2 optional,
                key_kernel / key_kernel_mut: Ix3,
                key_bias / key_bias_mut: Ix2 optional,
                gate_kernel / gate_kernel_mut: Ix3 optional,
                gate_bias / gate_bias_mut: Ix2 optional,
                value_kernel / value_kernel_mut: Ix3,
                value_bias / value_bias_mut: Ix2 optional,
                output_kernel / output_kernel_mut: Ix3,
                output_bias / output_bias_mut: Ix1 optional,
            }
        }

        impl<T: $crate::Real> $crate::kernel::Kernel<T> for formwork_shape::layers::$layer {
            fn infer(
                &self,
                pass: &$crate::kernel::Pass<'_>,
                weights: &$crate::weights::Weights<T>,
                x: &[$crate::view::View<'_, T>],
                y: &mut [$crate::view::ViewMut<'_, T>],
                work: &mut $crate::kernel::Work,
            ) {
                $heads(self, x).forward(pass, weights, x, y, work, None);
            }

            fn train(
                &self,
                pass: &$crate::kernel::Pass<'_>,
                weights: &mut $crate::weights::Weights<T>,
                x: &[$crate::view::View<'_, T>],
                y: &mut [$crate::view::ViewMut<'_, T>],
                work: &mut $crate::kernel::Work,
            ) {
                let random = work.random(pass, self.seed);
                $heads(self, x).forward(pass, weights, x, y, work, Some(random));
            }

            fn backward(
                &self,
                pass: &$crate::kernel::Pass<'_>,
                weights: &$crate::weights::Weights<T>,
                step: $crate::kernel::Backward<'_, '_, T>,
                work: &mut $crate::kernel::Work,
            ) {
                $heads(self, step.x).backward(pass, weights, step, work);
            }
        }
    };
}

pub(in super::super) use side_by_side;

/// The projections, the sums before the output's projection in the place of its own, what a gate makes of them, kernels as
/// products take them, and all gradients.
#[derive(Default)]
struct Room<T> {
    weighing: Weighing<T>,
    projected: [Buffer<T>; 5],
    gated: Buffer<T>,
    kernels: [KeptRight<T>; 5],
    d: [Buffer<T>; 5],
    partial: Buffer<T>,
}

/// The input that query, key, gate and value are made from.
fn sources<T>(x: &[View<'_, T>]) -> [usize; 4] {
    [0, x.len() - 1, 0, 1]
}

impl Heads {
    fn sizes<T>(&self, pass: &Pass<'_>, x: &[View<'_, T>]) -> Sizes {
        let count = |dims: &[usize]| dims.iter().product::<usize>();
        let (query, value) = (x[0].shape().dims(), x[1].shape().dims());
        let (lead, last) = (self.leading, query.len() - 1);
        Sizes {
            steps: count(&query[lead..last]),
            places: count(&value[lead..last]),
            heads: self.heads,
            shared: self.shared,
            key: self.key,
            value: self.value,
            samples: pass.batch * count(&query[..lead]),
        }
    }

    /// The columns of what each projection but the output's makes, and of what the output's reads.
    fn widths(&self) -> [usize; 5] {
        let (heads, shared) = (self.heads, self.shared);
        [heads * self.key, shared * self.key, heads * self.value, shared * self.value, heads * self.value]
    }

    fn has(&self, which: usize) -> bool {
        which != GATE || self.gated
    }

    /// The place of a projection's kernel among the weights.
    fn place(&self, which: usize) -> usize {
        let place = if which > GATE && !self.gated { which - 1 } else { which };
        if self.biased { 2 * place } else { place }
    }

    /// The kernel and the bias of a projection.
    fn projection<'a, T: Real>(&self, weights: &'a Weights<T>, which: usize) -> (&'a [T], Option<&'a [T]>) {
        let place = self.place(which);
        (weights.data(place), self.biased.then(|| weights.data(place + 1)))
    }

    /// `y = x · kernel + bias` on rows of `width`; in predictions, the kernel is expected to be met again.
    fn project<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        (which, kept, predicts): (usize, &mut KeptRight<T>, bool),
        (x, width): (&[T], usize),
        y: &mut [T],
    ) {
        let (kernel, bias) = self.projection(weights, which);
        let cols = kernel.len() / width;
        let (x, kernel) = (Matrix::new(x, x.len() / width, width), Matrix::new(kernel, width, cols));
        let stamp = weights.stamp(self.place(which));
        let kernel = kept.right(pass.threads, stamp, kernel, x.rows, [Way::Straight, Way::of_weights(predicts)]);
        gemm_with(pass.threads, x, kernel, y, cols, Write::Overwrite, &Epilogue { bias, activate: None });
    }

    fn hiding<'a, T: Real>(&self, masks: [Option<&View<'a, T>>; 4]) -> Hiding<'a, T> {
        Hiding::new(self.causal, true, masks).within(self.near)
    }

    /// What the scores are multiplied by.
    fn factor<T: Real>(&self) -> T {
        T::of((self.key as f64).sqrt().recip())
    }

    /// The output, and the weights of the sums where they are one too; with random numbers in training.
    pub fn forward<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
        random: Option<Random>,
    ) {
        let predicts = random.is_none();
        let (x, masks) = split(x, self.masks);
        let (sizes, hiding, widths) = (self.sizes(pass, x), self.hiding(masks), self.widths());
        let Room { weighing, projected, gated, kernels, .. } = work.of::<Room<T>>();
        for (which, source) in sources(x).into_iter().enumerate().filter(|(which, _)| self.has(*which)) {
            let x = &x[source];
            let y = projected[which].take(x.data().len() / x.last() * widths[which]);
            self.project(pass, weights, (which, &mut kernels[which], predicts), (x.data(), x.last()), y);
        }
        let [query, key, gate, value, sums] = projected;
        let (rows, places) = (sizes.samples * sizes.steps, sizes.samples * sizes.places);
        let dropout = random.map(|random| (pass.randomly(self.dropout), random));
        let (query, key) = (query.get(rows * widths[QUERY]), key.get(places * widths[KEY]));
        let write = |at: &Part, scores: &mut [T]| sizes.scores(pass.threads, at, query, key, scores);
        let scores = Scores { write: &write, factor: self.factor() };
        let (value, mut sums) = (value.get(places * widths[VALUE]), sums.take(rows * widths[OUTPUT]));
        let (y, more) = y.split_at_mut(1);
        let shares = more.first_mut().map(|shares| &mut *shares.data);
        weighing.sums(pass, &sizes, &hiding, dropout, &scores, value, sums, shares);
        if self.gated {
            let (gate, gated) = (gate.take(sums.len()), gated.take(sums.len()));
            activate::forward(pass.threads, Activation::Sigmoid, gate, sizes.value);
            each::zip(pass.threads, Write::Overwrite, gated, sums, gate, |sum, gate| sum * gate);
            sums = gated;
        }
        self.project(pass, weights, (OUTPUT, &mut kernels[OUTPUT], predicts), (sums, widths[OUTPUT]), y[0].data);
    }

    /// The gradients of inputs and weights.
    pub fn backward<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        mut step: Backward<'_, '_, T>,
        work: &mut Work,
    ) {
        let (x, masks) = split(step.x, self.masks);
        let (sizes, hiding, widths) = (self.sizes(pass, x), self.hiding(masks), self.widths());
        let Room { weighing, projected, gated, d, partial, .. } = work.of::<Room<T>>();
        let (rows, places) = (sizes.samples * sizes.steps, sizes.samples * sizes.places);
        let lengths = [rows, places, rows, places, rows];
        let lengths: [usize; 5] =
            std::array::from_fn(|which| if self.has(which) { lengths[which] * widths[which] } else { 0 });
        let projected: [&[T]; 5] = std::array::from_fn(|which| projected[which].get(lengths[which]));
        let [dquery, dkey, dgate, dvalue, dsums] = d;
        let (dquery, dkey, dgate) = (dquery.take(lengths[QUERY]), dkey.take(lengths[KEY]), dgate.take(lengths[GATE]));
        let (dvalue, dsums) = (dvalue.take(lengths[VALUE]), dsums.take(lengths[OUTPUT]));
        let (dy, width) = (step.dy[0].data(), step.dy[0].last());

        let output = Matrix::new(self.projection(weights, OUTPUT).0, widths[OUTPUT], width).transposed();
        let none = Epilogue::none();
        gemm(pass.threads, Matrix::new(dy, rows, width), output, dsums, widths[OUTPUT], Write::Overwrite, &none);
        let mut joined = projected[OUTPUT];
        if self.gated {
            joined = gated.get(joined.len());
            // `joined = sums · gate`, and the slope of the sigmoid is `gate (1 - gate)`.
            each::zip(pass.threads, Write::Overwrite, dgate, dsums, joined, |d, joined| d * joined);
            each::product(pass.threads, dgate, projected[GATE], |gate| T::one() - gate);
            each::product(pass.threads, dsums, projected[GATE], |gate| gate);
        }
        let dropout = pass.randomly(self.dropout);
        let given = (&*dsums, projected[VALUE], step.dy.get(1).map(View::data));
        let targets = Targets {
            value: Some((&mut *dvalue, Write::Overwrite)),
            scores: None,
            query: Some((&mut *dquery, projected[KEY])),
            key: Some((&mut *dkey, projected[QUERY])),
        };
        weighing.gradients(pass, &sizes, &hiding, dropout, given, targets);
        each::scale(pass.threads, dquery, self.factor());
        each::scale(pass.threads, dkey, self.factor());

        let (write, sources) = (step.dw.write(), sources(x));
        let input = |which: usize| x[sources[which]].data();
        let gradients: [(&[T], &[T], usize); 5] = [
            (input(QUERY), dquery, widths[QUERY]),
            (input(KEY), dkey, widths[KEY]),
            (input(GATE), dgate, widths[GATE]),
            (input(VALUE), dvalue, widths[VALUE]),
            (joined, dy, width),
        ];
        let wanted = step.dw.is_wanted();
        for (which, (x, d, cols)) in gradients.into_iter().enumerate().filter(|(which, _)| wanted && self.has(*which)) {
            let inner = self.projection(weights, which).0.len() / cols;
            let (x, rows) = (Matrix::new(x, x.len() / inner, inner).transposed(), Matrix::new(d, d.len() / cols, cols));
            gemm(pass.threads, x, rows, step.dw.next(inner * cols), cols, write, &none);
            if self.biased {
                columns::add_up(pass.threads, d, partial, (step.dw.next(cols), write));
            }
        }
        let mut written = [false; 3];
        for (which, source) in sources.into_iter().enumerate().filter(|(which, _)| self.has(*which)) {
            let Some((dx, write)) = step.dx[source].target() else { continue };
            // One input may be several of them: their gradients are added up.
            let write = if written[source] { Write::Add } else { write };
            written[source] = true;
            let (_, d, cols) = gradients[which];
            let kernel = self.projection(weights, which).0;
            let inner = kernel.len() / cols;
            let kernel = Matrix::new(kernel, inner, cols).transposed();
            gemm(pass.threads, Matrix::new(d, d.len() / cols, cols), kernel, dx, inner, write, &none);
        }
    }
}
