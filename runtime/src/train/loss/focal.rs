//! Cross-entropy between classes that looks at what the model gets wrong.

use super::reduce::{EPSILON, clip};
use super::{Formula, Options, Truth, loss, options};
use crate::Real;
use crate::train::{Accepts, ClassProbabilities, DenseFor, Fits, Output, SeveralClasses};

/// `-sum(alpha (1 - p)^gamma t ln p)` over the probabilities `p` of a softmax, which are divided by their sum and kept
/// off 0 and 1 by 1e-7: what the model is sure about counts less.
///
/// Lin et al. (2018), <https://arxiv.org/abs/1708.02002>.
#[derive(Clone, Debug)]
pub struct CategoricalFocalCrossentropy {
    options: Options,
    smoothing: f64,
    gamma: f64,
    alpha: f64,
}

impl CategoricalFocalCrossentropy {
    /// For an output that ends in a softmax; alpha is 0.25 and gamma 2.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        CategoricalFocalCrossentropy { options: Options::default(), smoothing: 0.0, gamma: 2.0, alpha: 0.25 }
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

options! { CategoricalFocalCrossentropy }
loss! { CategoricalFocalCrossentropy, "categorical_focal_crossentropy" }
impl<const W: usize, A: ClassProbabilities<C>, C: SeveralClasses> Fits<Output<W, A, C>>
    for CategoricalFocalCrossentropy
{
}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for CategoricalFocalCrossentropy {}

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
