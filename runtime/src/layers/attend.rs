//! What the attention layers share: from scores to weights, and weighted sums of values.

mod heads;
mod single;
mod sums;

pub(super) use heads::{Heads, side_by_side};
pub(super) use single::{Single, Unweighed};
pub(super) use sums::{Sums, put_gradients, total};

use formwork_shape::{Activation, Masks};

use super::{activate, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::Pass;
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::kernels::{Write, softmax};
use crate::random::Random;
use crate::view::View;

/// Terms of a product that take as long as a copy of the element that they add up to.
const TERMS: usize = 8;

/// The sizes of an attention with `heads` parts, the heads of a step side by side.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub steps: usize,
    pub places: usize,
    pub heads: usize,
    /// The number of keys and values that the heads share, a divisor of theirs.
    pub shared: usize,
    /// The width of query and key in a head.
    pub key: usize,
    /// The width of the value in a head.
    pub value: usize,
    /// The number of attentions: samples, times the places of axes that are not attended over.
    pub samples: usize,
}

/// Which pairs of step and place do not count. Masks hold 1 where they keep and 0 where they hide.
pub(super) struct Hiding<'a, T> {
    /// Does a step see only places up to its own?
    causal: bool,
    /// Does it see only places less than so many from its own?
    near: Option<usize>,
    /// A value a step.
    steps: Option<&'a [T]>,
    /// A value a place: of the value, of the key.
    places: [Option<&'a [T]>; 2],
    /// A value a pair, of `[heads, steps, places]`, any of which may be 1.
    pairs: Option<(&'a [T], [usize; 3])>,
}

/// The tensors among the inputs of an attention layer, and its masks: of query, value, key and pairs.
pub(super) fn split<'s, 'a, T>(
    x: &'s [View<'a, T>],
    masks: Masks,
) -> (&'s [View<'a, T>], [Option<&'s View<'a, T>>; 4]) {
    let given = masks.list();
    let (tensors, mut rest) = x.split_at(x.len() - given.iter().filter(|given| **given).count());
    let masks = given.map(|given| {
        let (first, others) = rest.split_first().filter(|_| given)?;
        rest = others;
        Some(first)
    });
    (tensors, masks)
}

impl<'a, T: Real> Hiding<'a, T> {
    /// What the masks of an attention layer hide; its query's only if `query` says so.
    pub fn new(causal: bool, query: bool, masks: [Option<&View<'a, T>>; 4]) -> Self {
        let data = |mask: Option<&View<'a, T>>| mask.map(View::data);
        let pairs = masks[3].map(|mask| {
            let dims = mask.shape().dims();
            (mask.data(), [if dims.len() == 3 { dims[0] } else { 1 }, dims[dims.len() - 2], dims[dims.len() - 1]])
        });
        Hiding {
            causal,
            near: None,
            steps: data(masks[0]).filter(|_| query),
            places: [data(masks[1]), data(masks[2])],
            pairs,
        }
    }

    /// The same, where a step sees only places less than `near` from its own.
    pub fn within(self, near: Option<usize>) -> Self {
        Hiding { near, ..self }
    }

    fn has_masks(&self) -> bool {
        self.near.is_some() || self.steps.is_some() || self.places.iter().any(Option::is_some) || self.pairs.is_some()
    }

    /// Does step `step` of head `head` see this place?
    fn sees(&self, sizes: &Sizes, (sample, head, step): (usize, usize, usize), place: usize) -> bool {
        let keeps = |mask: &[T], at: usize| mask[at] != T::zero();
        let pair = self.pairs.is_none_or(|(mask, [heads, steps, places])| {
            let at = |i: usize, len: usize| if len == 1 { 0 } else { i };
            keeps(mask, ((sample * heads + at(head, heads)) * steps + at(step, steps)) * places + at(place, places))
        });
        pair && (!self.causal || place <= step)
            && self.near.is_none_or(|near| place.abs_diff(step) < near)
            && self.steps.is_none_or(|mask| keeps(mask, sample * sizes.steps + step))
            && self.places.iter().flatten().all(|mask| keeps(mask, sample * sizes.places + place))
    }

    /// Does row `row` of all weights see any place?
    fn any_seen(&self, sizes: &Sizes, row: usize) -> bool {
        !self.has_masks() || (0..sizes.places).any(|place| self.sees(sizes, sizes.row(row), place))
    }
}

/// What a pass keeps: the weights of the sums before and after dropout, and room for their gradients.
#[derive(Default)]
pub(super) struct Weighing<T> {
    shares: Buffer<T>,
    factors: Buffer<T>,
    dropped: Buffer<T>,
    dshares: Buffer<T>,
    pub d: Buffer<T>,
}

/// Part `part` of `parts` side by side in a sample of `rows` rows: a matrix of `width` columns.
fn part<T>(data: &[T], (sample, rows): (usize, usize), (part, parts): (usize, usize), width: usize) -> Matrix<'_, T> {
    let row_stride = parts * width;
    let at = (sample * rows * row_stride + part * width).min(data.len());
    Matrix { data: &data[at..], rows, cols: width, row_stride, col_stride: 1 }
}

impl Sizes {
    /// The pairs of step and place of a head.
    fn pairs(&self) -> usize {
        self.steps * self.places
    }

    /// The sample, head and step of a row of all weights.
    fn row(&self, row: usize) -> (usize, usize, usize) {
        (row / self.steps / self.heads, row / self.steps % self.heads, row % self.steps)
    }

    /// The weights of a sample.
    pub fn size(&self) -> usize {
        self.heads * self.pairs()
    }

    /// Head `head` of a sample of steps: a matrix of `width` columns.
    fn head<'a, T>(&self, data: &'a [T], (sample, head): (usize, usize), width: usize) -> Matrix<'a, T> {
        part(data, (sample, self.steps), (head, self.heads), width)
    }

    /// What head `head` reads of a sample of places: a matrix of `width` columns.
    fn read<'a, T>(&self, data: &'a [T], (sample, head): (usize, usize), width: usize) -> Matrix<'a, T> {
        part(data, (sample, self.places), (head / self.group(), self.shared), width)
    }

    /// How many heads share a key and a value.
    fn group(&self) -> usize {
        self.heads / self.shared
    }

    /// Where the gradient of what head `head` reads goes, in rows of `width` for each: the heads of a group add up.
    fn written<'a, T>(&self, data: &'a mut [T], head: usize, width: usize, write: Write) -> (&'a mut [T], Write) {
        let write = if head.is_multiple_of(self.group()) { write } else { Write::Add };
        (&mut data[head / self.group() * width..], write)
    }

    /// The weights of head `head` in those of a sample.
    fn weights<'a, T>(&self, sample: &'a [T], head: usize) -> Matrix<'a, T> {
        Matrix::new(&sample[head * self.pairs()..][..self.pairs()], self.steps, self.places)
    }

    /// Calls `work` with the sample and the head of each matrix of weights, and with the matrix, of which each element takes so many
    /// terms.
    fn each_head<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &mut [T],
        terms: usize,
        work: impl Fn((usize, usize), &mut [T]) + Sync,
    ) {
        let work = |part: usize, weights: &mut [T]| work((part / self.heads, part % self.heads), weights);
        if self.samples * self.heads < pass.threads.count() {
            // Threads share each product.
            let parts = weights.chunks_exact_mut(self.pairs().max(1)).enumerate();
            return parts.for_each(|(part, weights)| work(part, weights));
        }
        let effort = 1 + terms / TERMS;
        each::parts_of(pass.threads, weights, self.pairs(), effort * self.pairs(), work);
    }

    /// `scores = query · keyᵀ`
    pub fn scores<T: Real>(&self, pass: &Pass<'_>, query: &[T], key: &[T], scores: &mut [T]) {
        self.each_head(pass, scores, self.key, |at, scores| {
            let query = self.head(query, at, self.key);
            let key = self.read(key, at, self.key).transposed();
            gemm(pass.threads, query, key, scores, self.places, Write::Overwrite, &Epilogue::none());
        });
    }

    /// Turns scores into weights that sum to 1 over the places that are not hidden, and drops some in training; `fill` writes
    /// the scores but for a factor, which it returns. A step that sees nothing weighs all places alike. Returns the weights.
    pub fn weigh<'w, T: Real>(
        &self,
        pass: &Pass<'_>,
        weighing: &'w mut Weighing<T>,
        hiding: &Hiding<'_, T>,
        dropout: Option<(f64, Random)>,
        fill: impl FnOnce(&mut [T]) -> T,
    ) -> &'w [T] {
        let len = self.samples * self.size();
        let Weighing { shares, factors, dropped, .. } = weighing;
        let shares = shares.take(len);
        let factor = fill(shares);
        if hiding.causal || hiding.has_masks() {
            each::parts(pass.threads, shares, self.places, |row, scores| {
                let mut factor = factor;
                if hiding.has_masks() {
                    // What is hidden is less than all others whatever the sign of the factor.
                    scores.iter_mut().for_each(|score| *score *= factor);
                    factor = T::one();
                    let at = self.row(row);
                    let unseen = |place: &usize| !hiding.sees(self, at, *place);
                    if (0..self.places).all(|place| unseen(&place)) {
                        return scores.fill(T::of(1.0 / self.places as f64));
                    }
                    (0..self.places).filter(unseen).for_each(|place| scores[place] = T::neg_infinity());
                }
                let seen = if hiding.causal { (row % self.steps + 1).min(self.places) } else { self.places };
                let (seen, hidden) = scores.split_at_mut(seen);
                softmax::softmax(pass.threads.level(), seen, seen.len(), factor);
                hidden.fill(T::zero());
            });
        } else {
            activate::softmax(pass.threads, shares, self.places, factor);
        }
        let Some((rate, mut random)) = dropout.filter(|(rate, _)| *rate > 0.0) else { return shares };
        let (factors, dropped) = (factors.take(len), dropped.take(len));
        let keep = T::of(1.0 / (1.0 - rate));
        random.units(factors, |draw| if draw < rate { T::zero() } else { keep });
        each::zip(pass.threads, Write::Overwrite, dropped, shares, factors, |share, factor| share * factor);
        dropped
    }

    /// The weighted sums of values.
    pub fn mix<T: Real>(&self, pass: &Pass<'_>, weights: &[T], value: &[T], y: &mut [T]) {
        let width = self.heads * self.value;
        each::parts(pass.threads, y, self.steps * width, |sample, y| {
            let weights = &weights[sample * self.size()..][..self.size()];
            for head in 0..self.heads {
                let value = self.read(value, (sample, head), self.value);
                let y = &mut y[head * self.value..];
                gemm(pass.threads, self.weights(weights, head), value, y, width, Write::Overwrite, &Epilogue::none());
            }
        });
    }

    /// The gradient of the scores, from those of the sums and, where they are an output, of the weights.
    pub fn unweigh<'w, T: Real>(
        &self,
        pass: &Pass<'_>,
        weighing: &'w mut Weighing<T>,
        hiding: &Hiding<'_, T>,
        dropout: f64,
        (dy, value): (&[T], &[T]),
        dweights: Option<&[T]>,
    ) -> &'w [T] {
        let Weighing { shares, factors, dshares, d, .. } = weighing;
        let len = self.samples * self.size();
        let (shares, dshares, d) = (shares.get(len), dshares.take(len), d.take(len));
        self.each_head(pass, dshares, self.value, |at, d| {
            let dy = self.head(dy, at, self.value);
            let value = self.read(value, at, self.value).transposed();
            gemm(pass.threads, dy, value, d, self.places, Write::Overwrite, &Epilogue::none());
        });
        if let Some(dweights) = dweights {
            each::map(pass.threads, Write::Add, dshares, dweights, |d| d);
        }
        if dropout > 0.0 {
            let factors = factors.get(len);
            each::parts(pass.threads, dshares, self.places.max(1), |row, d| {
                d.iter_mut().zip(&factors[row * self.places..]).for_each(|(d, factor)| *d *= *factor);
            });
        }
        let target = (&mut *d, Write::Overwrite);
        activate::backward(pass.threads, Activation::Softmax, shares, dshares, target, self.places);
        // A step that sees nothing weighs all places alike, whatever their scores.
        if hiding.has_masks() {
            each::parts(pass.threads, d, self.places.max(1), |row, d| {
                if !hiding.any_seen(self, row) {
                    d.fill(T::zero());
                }
            });
        }
        d
    }

    /// The gradient of the values: the weights that forward used, transposed, times that of the sums.
    pub fn value_gradient<T: Real>(
        &self,
        pass: &Pass<'_>,
        weighing: &Weighing<T>,
        dropout: f64,
        dy: &[T],
        (dvalue, write): (&mut [T], Write),
    ) {
        let len = self.samples * self.size();
        let weights = if dropout > 0.0 { weighing.dropped.get(len) } else { weighing.shares.get(len) };
        let width = self.shared * self.value;
        each::parts(pass.threads, dvalue, self.places * width, |sample, dvalue| {
            let weights = &weights[sample * self.size()..][..self.size()];
            for head in 0..self.heads {
                let dy = self.head(dy, (sample, head), self.value);
                let (dvalue, write) = self.written(dvalue, head, self.value, write);
                gemm(
                    pass.threads,
                    self.weights(weights, head).transposed(),
                    dy,
                    dvalue,
                    width,
                    write,
                    &Epilogue::none(),
                );
            }
        });
    }

    /// The gradient of the query, less the factor of the scores: `d · key`.
    pub fn query_gradient<T: Real>(&self, pass: &Pass<'_>, d: &[T], key: &[T], (dquery, write): (&mut [T], Write)) {
        let width = self.heads * self.key;
        each::parts(pass.threads, dquery, self.steps * width, |sample, dquery| {
            let d = &d[sample * self.size()..][..self.size()];
            for head in 0..self.heads {
                let key = self.read(key, (sample, head), self.key);
                let dquery = &mut dquery[head * self.key..];
                gemm(pass.threads, self.weights(d, head), key, dquery, width, write, &Epilogue::none());
            }
        });
    }

    /// The gradient of the key, less the factor of the scores: `dᵀ · query`.
    pub fn key_gradient<T: Real>(&self, pass: &Pass<'_>, d: &[T], query: &[T], (dkey, write): (&mut [T], Write)) {
        let width = self.shared * self.key;
        each::parts(pass.threads, dkey, self.places * width, |sample, dkey| {
            let d = &d[sample * self.size()..][..self.size()];
            for head in 0..self.heads {
                let query = self.head(query, (sample, head), self.key);
                let (dkey, write) = self.written(dkey, head, self.key, write);
                gemm(pass.threads, self.weights(d, head).transposed(), query, dkey, width, write, &Epilogue::none());
            }
        });
    }
}

/// Rows of `width` become 0 where `mask` hides them.
pub(super) fn hide<T: Real>(rows: &mut [T], width: usize, mask: Option<&View<'_, T>>) {
    let Some(mask) = mask else { return };
    for (row, keep) in rows.chunks_exact_mut(width).zip(mask.data()) {
        if *keep == T::zero() {
            row.fill(T::zero());
        }
    }
}

/// The gradient of rows of `width` that `mask` hides: a copy in `room`, where there is a mask.
pub(super) fn hidden<'r, T: Real>(
    dy: &'r [T],
    width: usize,
    mask: Option<&View<'_, T>>,
    room: &'r mut Buffer<T>,
) -> &'r [T] {
    if mask.is_none() {
        return dy;
    }
    let copy = room.take(dy.len());
    copy.copy_from_slice(dy);
    hide(copy, width, mask);
    copy
}
