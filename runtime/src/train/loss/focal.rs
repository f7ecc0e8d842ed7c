//! Cross-entropy between classes that looks at what the model gets wrong.

use std::marker::PhantomData;

use super::reduce::{EPSILON, clip};
use super::{Formula, FromLogits, Options, Probabilities, Truth, loss, options};
use crate::Real;
use crate::train::{Accepts, ClassLogits, ClassProbabilities, DenseFor, Fits, Output, SeveralClasses};

/// `-sum(alpha (1 - p)^gamma t ln p)` over the probabilities `p` of a softmax, which are divided by their sum and kept
/// off 0 and 1 by 1e-7: what the model is sure about counts less.
///
/// Lin et al. (2018), <https://arxiv.org/abs/1708.02002>.
#[derive(Clone, Debug)]
pub struct CategoricalFocalCrossentropy<I = Probabilities> {
    options: Options,
    smoothing: f64,
    gamma: f64,
    alpha: f64,
    input: PhantomData<fn() -> I>,
}

impl CategoricalFocalCrossentropy {
    /// For an output that ends in a softmax; alpha is 0.25 and gamma 2.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::made()
    }
}

impl CategoricalFocalCrossentropy<FromLogits> {
    /// For an output without activation; alpha is 0.25 and gamma 2.
    pub fn from_logits() -> Self {
        Self::made()
    }
}

impl<I> CategoricalFocalCrossentropy<I> {
    fn made() -> Self {
        let options = Options::default();
        CategoricalFocalCrossentropy { options, smoothing: 0.0, gamma: 2.0, alpha: 0.25, input: PhantomData }
    }

    /// How much less the certain counts; 2 by default.
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }

    /// What all classes are multiplied by; 0.25 by default.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// Takes this share of every target's certainty and spreads it over all classes.
    pub fn label_smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }

    /// `alpha (1 - q)^gamma ln q` for a clipped `q`, and its derivative.
    #[inline(always)]
    fn point<T: Real>(&self, q: T, inside: bool) -> (T, T) {
        let (alpha, gamma) = (T::of(self.alpha), T::of(self.gamma));
        let (rest, log) = (T::one() - q, q.ln());
        let factor = rest.powf(gamma);
        let slope = factor / q - gamma * rest.powf(gamma - T::one()) * log;
        (alpha * factor * log, if inside { alpha * slope } else { T::zero() })
    }
}

options! { CategoricalFocalCrossentropy<I> }
loss! { CategoricalFocalCrossentropy, "categorical_focal_crossentropy" }
loss! { CategoricalFocalCrossentropy<FromLogits>, "categorical_focal_crossentropy" }
impl<const W: usize, A: ClassProbabilities<C>, C: SeveralClasses> Fits<Output<W, A, C>>
    for CategoricalFocalCrossentropy
{
}
impl<const W: usize, A: ClassLogits<C>, C: SeveralClasses> Fits<Output<W, A, C>>
    for CategoricalFocalCrossentropy<FromLogits>
{
}
impl<I, O, Y: DenseFor<O>> Accepts<O, Y> for CategoricalFocalCrossentropy<I> {}

impl Formula for CategoricalFocalCrossentropy<FromLogits> {
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let max = y.iter().fold(T::neg_infinity(), |a, b| a.max(*b));
        let sum = y.iter().fold(T::zero(), |sum, y| sum + (*y - max).exp());
        let (keep, add) = (T::of(1.0 - self.smoothing), T::of(self.smoothing / y.len() as f64));
        let (low, high) = (T::of(EPSILON), T::one() - T::of(EPSILON));
        let at = |y: T, t: T| {
            let (p, t) = ((y - max).exp() / sum, t * keep + add);
            let (value, slope) = self.point(clip(p, low, high), !(p < low || p > high));
            // The loss, and its slope times p: what the softmax passes on.
            (-t * value, -t * slope * p, p)
        };
        let (mut loss, mut shared) = (T::zero(), T::zero());
        for (y, t) in y.iter().zip(truth.row()) {
            let (value, slope, _) = at(*y, *t);
            (loss, shared) = (loss + value, shared + slope);
        }
        if let Some(dy) = dy {
            for ((d, y), t) in dy.iter_mut().zip(y).zip(truth.row()) {
                let (_, slope, p) = at(*y, *t);
                *d = slope - p * shared;
            }
        }
        loss
    }
}

impl Formula for CategoricalFocalCrossentropy {
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let (keep, add) = (T::of(1.0 - self.smoothing), T::of(self.smoothing / y.len() as f64));
        let (low, high) = (T::of(EPSILON), T::one() - T::of(EPSILON));
        let sum = y.iter().fold(T::zero(), |a, b| a + *b);
        let at = |y: T| {
            let q = y / sum;
            self.point(clip(q, low, high), !(q < low || q > high))
        };
        let mut loss = T::zero();
        // What the division by the sum passes on to every y.
        let mut shared = T::zero();
        for (y, t) in y.iter().zip(truth.row()) {
            let t = *t * keep + add;
            let (value, slope) = at(*y);
            loss -= t * value;
            shared -= t * slope * *y / sum;
        }
        if let Some(dy) = dy {
            for ((d, y), t) in dy.iter_mut().zip(y).zip(truth.row()) {
                *d = (-(*t * keep + add) * at(*y).1 - shared) / sum;
            }
        }
        loss
    }
}
