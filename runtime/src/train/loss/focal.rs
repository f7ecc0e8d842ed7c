//! Cross-entropy between classes that looks at what the model gets wrong.

use std::marker::PhantomData;

use formwork_shape::{Shape, is_dynamic};
use smallvec::SmallVec;

use super::options::within;
use super::reduce::{EPSILON, clip};
use super::{Formula, FromLogits, Options, Probabilities, Truth, axis, loss, options};
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
    alpha: Alpha,
    input: PhantomData<fn() -> I>,
}

/// What the classes of a [`CategoricalFocalCrossentropy`] are multiplied by: one number for all, or one a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Alpha(SmallVec<[f64; 4]>);

impl From<f64> for Alpha {
    fn from(alpha: f64) -> Self {
        Alpha(SmallVec::from_slice(&[alpha]))
    }
}

impl<const N: usize> From<[f64; N]> for Alpha {
    fn from(alphas: [f64; N]) -> Self {
        Alpha(alphas.into_iter().collect())
    }
}

impl From<&[f64]> for Alpha {
    fn from(alphas: &[f64]) -> Self {
        Alpha(alphas.into())
    }
}

impl From<Vec<f64>> for Alpha {
    fn from(alphas: Vec<f64>) -> Self {
        Alpha(alphas.into())
    }
}

impl Alpha {
    /// That of a class.
    #[inline(always)]
    fn of(&self, class: usize) -> f64 {
        self.0.get(class).or(self.0.first()).copied().unwrap_or(1.0)
    }
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
        CategoricalFocalCrossentropy { options, smoothing: 0.0, gamma: 2.0, alpha: 0.25.into(), input: PhantomData }
    }

    /// How much less the certain counts; 2 by default.
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }

    /// What all classes are multiplied by (`alpha(0.5)`), or each (`alpha([0.2, 0.5, 0.3])`); 0.25 by default.
    pub fn alpha(mut self, alpha: impl Into<Alpha>) -> Self {
        self.alpha = alpha.into();
        self
    }

    /// Takes this share of every target's certainty, from 0 to 1, and spreads it over all classes; 0 by default. As in Keras
    /// each class gets this share divided by the length of the last axis, also where [`axis`](Self::axis) is another one.
    pub fn label_smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }

    fn settings(&self, output: &Shape) -> Result<(), String> {
        within("label_smoothing", self.smoothing, 0.0..=1.0)?;
        within("gamma", self.gamma, 0.0..=f64::MAX)?;
        self.alpha.0.iter().try_for_each(|alpha| within("alpha", *alpha, 0.0..=f64::MAX))?;
        let axes = self.options.axes.as_ref().and_then(|axes| axes.of(output).ok());
        let classes = axes.and_then(|axes| output.dims().get(axes[0].checked_sub(1)?)).copied();
        match (self.alpha.0.len(), classes) {
            (1, _) | (_, None) => Ok(()),
            (given, Some(classes)) if given == classes || is_dynamic(classes) => Ok(()),
            (given, Some(classes)) => {
                Err(format!("has {given} alphas for {classes} classes: give one, or one a class"))
            }
        }
    }

    /// `alpha (1 - q)^gamma ln q` of a class for a clipped `q`, and its derivative.
    #[inline(always)]
    fn point<T: Real>(&self, class: usize, q: T, inside: bool) -> (T, T) {
        let (alpha, gamma) = (T::of(self.alpha.of(class)), T::of(self.gamma));
        let (rest, log) = (T::one() - q, q.ln());
        let factor = rest.powf(gamma);
        let falling = if self.gamma == 0.0 { T::zero() } else { gamma * rest.powf(gamma - T::one()) * log };
        let slope = factor / q - falling;
        (alpha * factor * log, if inside { alpha * slope } else { T::zero() })
    }
}

options! { CategoricalFocalCrossentropy<I> }
axis! { CategoricalFocalCrossentropy<I> }
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
    fn check(&self, output: &Shape) -> Result<(), String> {
        self.settings(output)
    }

    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let max = y.iter().fold(T::neg_infinity(), |a, b| a.max(*b));
        let sum = y.iter().fold(T::zero(), |sum, y| sum + (*y - max).exp());
        let (keep, add) = (T::of(1.0 - self.smoothing), T::of(self.smoothing / truth.smoothed_over() as f64));
        let (low, high) = (T::of(EPSILON), T::one() - T::of(EPSILON));
        let at = |class: usize, y: T, t: T| {
            let (p, t) = ((y - max).exp() / sum, t * keep + add);
            let (value, slope) = self.point(class, clip(p, low, high), !(p < low || p > high));
            // The loss, and its slope times p: what the softmax passes on.
            (-t * value, -t * slope * p, p)
        };
        let (mut loss, mut shared) = (T::zero(), T::zero());
        for (class, (y, t)) in y.iter().zip(truth.row()).enumerate() {
            let (value, slope, _) = at(class, *y, *t);
            (loss, shared) = (loss + value, shared + slope);
        }
        if let Some(dy) = dy {
            for (class, ((d, y), t)) in dy.iter_mut().zip(y).zip(truth.row()).enumerate() {
                let (_, slope, p) = at(class, *y, *t);
                *d = slope - p * shared;
            }
        }
        loss
    }
}

impl Formula for CategoricalFocalCrossentropy {
    fn check(&self, output: &Shape) -> Result<(), String> {
        self.settings(output)
    }

    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let (keep, add) = (T::of(1.0 - self.smoothing), T::of(self.smoothing / truth.smoothed_over() as f64));
        let (low, high) = (T::of(EPSILON), T::one() - T::of(EPSILON));
        let sum = y.iter().fold(T::zero(), |a, b| a + *b);
        let at = |class: usize, y: T| {
            let q = y / sum;
            self.point(class, clip(q, low, high), !(q < low || q > high))
        };
        let mut loss = T::zero();
        // What the division by the sum passes on to every y.
        let mut shared = T::zero();
        for (class, (y, t)) in y.iter().zip(truth.row()).enumerate() {
            let t = *t * keep + add;
            let (value, slope) = at(class, *y);
            loss -= t * value;
            shared -= t * slope * *y / sum;
        }
        if let Some(dy) = dy {
            for (class, ((d, y), t)) in dy.iter_mut().zip(y).zip(truth.row()).enumerate() {
                *d = (-(*t * keep + add) * at(class, *y).1 - shared) / sum;
            }
        }
        loss
    }
}
