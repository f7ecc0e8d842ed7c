//! Embeddings that lie near those of their class.

use formwork_shape::Shape;

use super::options::within;
use super::{Comparison, Loss, Options, Takes, one_loss, options};
use crate::Real;
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::kernels::{Write, scratch};
use crate::threads::Threads;
use crate::train::{Accepts, Embedding, Fits, IdsFor, Output};
use crate::view::View;

/// Draws the embeddings of a class together and those of different classes apart: of each sample
/// `softplus(lse_p(gamma a_p (d_p - margin)) + lse_n(gamma a_n (1 - margin - d_n)))`, where `d = max(1 - cos, 0)` is its
/// distance from another sample of the batch, `p` goes over those of its class, `n` over the others, `lse` is the logarithm
/// of the sum of exponentials, and `a_p = margin + d_p`, `a_n = max(1 + margin - d_n, 0)`.
///
/// The output is a vector of length 1 a sample, as `UnitNormalization` makes it; the target is its class id. A sample
/// without another of its class, or without one of any other, has no loss, and the mean is over those that have.
///
/// Sun et al. (2020), <https://arxiv.org/abs/2002.10857>.
#[derive(Clone, Debug)]
pub struct Circle {
    options: Options,
    gamma: f64,
    margin: f64,
    remove_diagonal: bool,
}

impl Circle {
    /// The loss `circle`; gamma is 80 and the margin 0.4.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Circle { options: Options::default(), gamma: 80.0, margin: 0.4, remove_diagonal: true }
    }

    /// How steep the loss is; 80 by default.
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }

    /// How near and how far is enough; 0.4 by default.
    pub fn margin(mut self, margin: f64) -> Self {
        self.margin = margin;
        self
    }

    /// Whether a sample is not compared with itself; true by default.
    pub fn remove_diagonal(mut self, remove: bool) -> Self {
        self.remove_diagonal = remove;
        self
    }

    /// The losses of all samples from their cosines, and the slopes with respect to those, not weighted yet.
    fn rows(&self, cosines: &mut [f64], ids: &[u32], loss: impl FnMut(usize, f64, &mut [f64])) {
        let rows = ids.len();
        scratch::elements(rows, |logits: &mut [f64]| self.rows_in(cosines, ids, logits, loss));
    }

    fn rows_in(
        &self,
        cosines: &mut [f64],
        ids: &[u32],
        logits: &mut [f64],
        mut loss: impl FnMut(usize, f64, &mut [f64]),
    ) {
        let rows = ids.len();
        for (row, cosines) in cosines.chunks_exact_mut(rows.max(1)).enumerate() {
            let (mut near, mut far) = (Sum::default(), Sum::default());
            for (other, (cosine, logit)) in cosines.iter().zip(&mut *logits).enumerate() {
                let d = positive(1.0 - cosine);
                let same = ids[other] == ids[row];
                *logit = if same {
                    self.gamma * (self.margin + d) * (d - self.margin)
                } else {
                    self.gamma * positive(1.0 + self.margin - d) * (1.0 - self.margin - d)
                };
                match same {
                    true if self.remove_diagonal && other == row => {}
                    true => near.add(*logit),
                    false => far.add(*logit),
                }
            }
            if near.is_empty() || far.is_empty() {
                cosines.fill(0.0);
                loss(row, 0.0, cosines);
                continue;
            }
            let total = near.log() + far.log();
            // The sigmoid of the total: what softplus passes on.
            let passed = 1.0 / (1.0 + (-total).exp());
            for (other, (cosine, logit)) in cosines.iter_mut().zip(&*logits).enumerate() {
                let d = 1.0 - *cosine;
                let same = ids[other] == ids[row];
                let left_out = d < 0.0 || (same && self.remove_diagonal && other == row);
                *cosine = match (left_out, same) {
                    (true, _) => 0.0,
                    // Of `(margin + d) (d - margin) = d^2 - margin^2`.
                    (_, true) => -passed * near.share(*logit) * self.gamma * 2.0 * d,
                    // Of `(1 + margin - d) (1 - margin - d) = (1 - d)^2 - margin^2`.
                    (_, false) if d > 1.0 + self.margin => 0.0,
                    (_, false) => passed * far.share(*logit) * self.gamma * 2.0 * (1.0 - d),
                };
            }
            loss(row, total.max(0.0) + (-total.abs()).exp().ln_1p(), cosines);
        }
    }
}

/// Calls `f` with the samples and with their cosines.
fn with_cosines<T: Real, R>(output: &View<'_, T>, f: impl FnOnce(&[f64], &mut [f64]) -> R) -> R {
    let (rows, width, numbers) = (output.batch(), output.last(), output.data());
    scratch::arrays([numbers.len(), rows * rows], |[y, cosines]: [&mut [f64]; 2]| {
        y.iter_mut().zip(numbers).for_each(|(to, y)| *to = y.wide());
        let all = Matrix::new(&*y, rows, width);
        gemm(Threads::global(), all, all.transposed(), cosines, rows, Write::Overwrite, &Epilogue::none());
        f(y, cosines)
    })
}

/// `x`, but at least 0. NaN stays NaN.
fn positive(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x }
}

/// A sum of exponentials.
struct Sum {
    max: f64,
    sum: f64,
}

impl Default for Sum {
    fn default() -> Self {
        Sum { max: f64::NEG_INFINITY, sum: 0.0 }
    }
}

impl Sum {
    fn add(&mut self, logit: f64) {
        if logit > self.max {
            self.sum = self.sum * (self.max - logit).exp() + 1.0;
            self.max = logit;
        } else {
            self.sum += (logit - self.max).exp();
        }
    }

    fn is_empty(&self) -> bool {
        self.sum == 0.0
    }

    fn log(&self) -> f64 {
        self.max + self.sum.ln()
    }

    /// How much of the sum is this one.
    fn share(&self, logit: f64) -> f64 {
        (logit - self.max).exp() / self.sum
    }
}

options! { Circle }
impl<const W: usize, A, C: Embedding> Fits<Output<W, A, C>> for Circle {}
impl<O, Y: IdsFor<O>> Accepts<O, Y> for Circle {}

macro_rules! loss_of {
    ($($t:ident)*) => { $(
        #[diagnostic::do_not_recommend]
        impl Loss<$t> for Circle {
            fn name(&self) -> &'static str {
                "circle"
            }

            fn takes(&self) -> Takes {
                Takes::ClassIds
            }

            fn takes_any_class(&self) -> bool {
                true
            }

            fn weight(&self) -> f64 {
                self.options.weight
            }

            fn check(&self, output: &Shape) -> Result<(), String> {
                self.options.check(output)?;
                within("gamma", self.gamma, 0.0..=f64::MAX)?;
                within("margin", self.margin, 0.0..=1.0)
            }

            fn compute(&self, mut batch: Comparison<'_, $t>) -> f64 {
                let (rows, width, weights) = (batch.output.batch(), batch.output.last(), batch.sample_weights);
                let weight = |row: usize| weights.map_or(1.0, |weights| f64::from(weights[row]));
                let (mut sum, mut valid, mut weighed) = (0.0, 0, 0.0);
                with_cosines(&batch.output, |y, slopes| {
                    self.rows(slopes, batch.target.id_data(), |row, loss, slopes| {
                        sum += loss * weight(row);
                        valid += usize::from(loss > 0.0);
                        weighed += if loss > 0.0 { weight(row) } else { 0.0 };
                        slopes.iter_mut().for_each(|slope| *slope *= weight(row));
                    });
                    let scale = self.options.scale_of(valid, weights.map(|_| weighed));
                    let Some(gradient) = batch.gradient.take() else { return sum * scale };
                    // A cosine is the product of two samples, and changes with either.
                    for row in 0..rows {
                        for other in 0..=row {
                            let both = slopes[row * rows + other] + slopes[other * rows + row];
                            (slopes[row * rows + other], slopes[other * rows + row]) = (both, both);
                        }
                    }
                    let factor = scale * self.options.weight;
                    scratch::elements(y.len(), |dy: &mut [f64]| {
                        let (slopes, y) = (Matrix::new(&*slopes, rows, rows), Matrix::new(y, rows, width));
                        gemm(Threads::global(), slopes, y, dy, width, Write::Overwrite, &Epilogue::none());
                        gradient.iter_mut().zip(&*dy).for_each(|(to, d)| *to = $t::of(d * factor));
                    });
                    sum * scale
                })
            }

            fn each(&self, batch: Comparison<'_, $t>, losses: &mut [$t]) {
                let weights = batch.sample_weights;
                with_cosines(&batch.output, |_, cosines| {
                    self.rows(cosines, batch.target.id_data(), |row, loss, _| {
                        losses[row] = $t::of(loss * weights.map_or(1.0, |weights| f64::from(weights[row])));
                    });
                });
            }
        }

        one_loss! { $t Circle }
    )* };
}

loss_of! { f32 f64 }
