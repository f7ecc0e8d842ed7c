//! What the attention layers share: from scores to weights, and weighted sums of values.

use formwork_shape::Activation;

use super::{activate, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::Pass;
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::kernels::{Write, softmax};
use crate::random::Random;

/// The sizes of an attention with `heads` parts, the heads of a step side by side.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub steps: usize,
    pub places: usize,
    pub heads: usize,
    /// The width of query and key in a head.
    pub key: usize,
    /// The width of the value in a head.
    pub value: usize,
    /// Does a step see only places up to its own?
    pub causal: bool,
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

impl Sizes {
    /// The pairs of step and place of a head.
    fn pairs(&self) -> usize {
        self.steps * self.places
    }

    /// The weights of a sample.
    pub fn size(&self) -> usize {
        self.heads * self.pairs()
    }

    /// Head `head` of a sample of `rows` steps: a matrix of `width` columns.
    fn head<'a, T>(&self, data: &'a [T], (sample, head): (usize, usize), rows: usize, width: usize) -> Matrix<'a, T> {
        let row_stride = self.heads * width;
        let at = (sample * rows * row_stride + head * width).min(data.len());
        Matrix { data: &data[at..], rows, cols: width, row_stride, col_stride: 1 }
    }

    /// The weights of head `head` in those of a sample.
    fn weights<'a, T>(&self, sample: &'a [T], head: usize) -> Matrix<'a, T> {
        Matrix::new(&sample[head * self.pairs()..][..self.pairs()], self.steps, self.places)
    }

    /// `scores = factor query · keyᵀ`
    pub fn scores<T: Real>(&self, pass: &Pass<'_>, query: &[T], key: &[T], factor: T, scores: &mut [T]) {
        each::parts(pass.threads, scores, self.size(), |sample, scores| {
            for (head, scores) in scores.chunks_exact_mut(self.pairs()).enumerate() {
                let query = self.head(query, (sample, head), self.steps, self.key);
                let key = self.head(key, (sample, head), self.places, self.key).transposed();
                gemm(pass.threads, query, key, scores, self.places, Write::Overwrite, &Epilogue::none());
                scores.iter_mut().for_each(|score| *score *= factor);
            }
        });
    }

    /// Turns scores, which `fill` writes, into weights that sum to 1 over the places, and drops some in training.
    /// Returns the weights.
    pub fn weigh<'w, T: Real>(
        &self,
        pass: &Pass<'_>,
        weighing: &'w mut Weighing<T>,
        dropout: Option<(f64, Random)>,
        fill: impl FnOnce(&mut [T]),
    ) -> &'w [T] {
        let len = pass.batch * self.size();
        let Weighing { shares, factors, dropped, .. } = weighing;
        let shares = shares.take(len);
        fill(shares);
        if self.causal {
            each::parts(pass.threads, shares, self.places, |row, scores| {
                let (seen, hidden) = scores.split_at_mut((row % self.steps + 1).min(self.places));
                softmax::softmax(pass.threads.level(), seen, seen.len());
                hidden.fill(T::zero());
            });
        } else {
            activate::forward(pass.threads, Activation::Softmax, shares, self.places);
        }
        let Some((rate, mut random)) = dropout.filter(|(rate, _)| *rate > 0.0) else { return shares };
        let (factors, dropped) = (factors.take(len), dropped.take(len));
        let keep = T::of(1.0 / (1.0 - rate));
        factors.iter_mut().for_each(|factor| *factor = if random.unit() < rate { T::zero() } else { keep });
        each::zip(pass.threads, Write::Overwrite, dropped, shares, factors, |share, factor| share * factor);
        dropped
    }

    /// The weighted sums of values.
    pub fn mix<T: Real>(&self, pass: &Pass<'_>, weights: &[T], value: &[T], y: &mut [T]) {
        let width = self.heads * self.value;
        each::parts(pass.threads, y, self.steps * width, |sample, y| {
            let weights = &weights[sample * self.size()..][..self.size()];
            for head in 0..self.heads {
                let value = self.head(value, (sample, head), self.places, self.value);
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
        dropout: f64,
        (dy, value): (&[T], &[T]),
        dweights: Option<&[T]>,
    ) -> &'w [T] {
        let Weighing { shares, factors, dshares, d, .. } = weighing;
        let len = pass.batch * self.size();
        let (shares, dshares, d) = (shares.get(len), dshares.take(len), d.take(len));
        each::parts(pass.threads, dshares, self.size(), |sample, d| {
            for (head, d) in d.chunks_exact_mut(self.pairs()).enumerate() {
                let dy = self.head(dy, (sample, head), self.steps, self.value);
                let value = self.head(value, (sample, head), self.places, self.value).transposed();
                gemm(pass.threads, dy, value, d, self.places, Write::Overwrite, &Epilogue::none());
            }
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
        let len = pass.batch * self.size();
        let weights = if dropout > 0.0 { weighing.dropped.get(len) } else { weighing.shares.get(len) };
        let width = self.heads * self.value;
        each::parts(pass.threads, dvalue, self.places * width, |sample, dvalue| {
            let weights = &weights[sample * self.size()..][..self.size()];
            for head in 0..self.heads {
                let dy = self.head(dy, (sample, head), self.steps, self.value);
                let dvalue = &mut dvalue[head * self.value..];
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
                let key = self.head(key, (sample, head), self.places, self.key);
                let dquery = &mut dquery[head * self.key..];
                gemm(pass.threads, self.weights(d, head), key, dquery, width, write, &Epilogue::none());
            }
        });
    }

    /// The gradient of the key, less the factor of the scores: `dᵀ · query`.
    pub fn key_gradient<T: Real>(&self, pass: &Pass<'_>, d: &[T], query: &[T], (dkey, write): (&mut [T], Write)) {
        let width = self.heads * self.key;
        each::parts(pass.threads, dkey, self.places * width, |sample, dkey| {
            let d = &d[sample * self.size()..][..self.size()];
            for head in 0..self.heads {
                let query = self.head(query, (sample, head), self.steps, self.key);
                let dkey = &mut dkey[head * self.key..];
                gemm(pass.threads, self.weights(d, head).transposed(), query, dkey, width, write, &Epilogue::none());
            }
        });
    }
}
