//! Cross-entropy of independent yes-or-no answers.

use std::marker::PhantomData;

use super::elementwise::Point;
use super::options::within;
use super::reduce::{EPSILON, clip};
use super::{FromLogits, Options, Probabilities, axis, loss, options};
use crate::Real;
use crate::train::{Accepts, BinaryLogits, BinaryProbabilities, DenseFor, Fits, Output};

/// The mean of `-(t ln p + (1 - t) ln(1 - p))` over probabilities `p` and targets `t` of 0 or 1.
///
/// Made by `new()` it takes the probabilities of a sigmoid and keeps them off 0 and 1 by 1e-7; made by
/// [`from_logits()`](BinaryCrossentropy::from_logits) it takes numbers and applies the sigmoid itself, which is stable.
#[derive(Clone, Debug)]
pub struct BinaryCrossentropy<I = Probabilities> {
    options: Options,
    smoothing: f64,
    input: PhantomData<fn() -> I>,
}

/// [`BinaryCrossentropy`] times `(1 - p_t)^gamma`, where `p_t` is the probability given to the truth: what the model is
/// sure about counts less.
///
/// Lin et al. (2018), <https://arxiv.org/abs/1708.02002>.
#[derive(Clone, Debug)]
pub struct BinaryFocalCrossentropy<I = Probabilities> {
    options: Options,
    smoothing: f64,
    gamma: f64,
    alpha: Option<f64>,
    input: PhantomData<fn() -> I>,
}

macro_rules! constructors {
    ($loss:ident, $name:literal, { $($field:ident: $value:expr),* }) => {
        impl $loss {
            /// For an output that ends in a sigmoid.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                $loss { options: Options::default(), $($field: $value,)* input: PhantomData }
            }
        }

        impl $loss<FromLogits> {
            /// For an output without activation.
            pub fn from_logits() -> Self {
                $loss { options: Options::default(), $($field: $value,)* input: PhantomData }
            }
        }

        impl<I> $loss<I> {
            /// Draws targets towards a half by this share, from 0 to 1; 0 by default.
            pub fn label_smoothing(mut self, smoothing: f64) -> Self {
                self.smoothing = smoothing;
                self
            }

            #[inline(always)]
            fn smooth<T: Real>(&self, t: T) -> T {
                t * T::of(1.0 - self.smoothing) + T::of(0.5 * self.smoothing)
            }
        }

        options! { $loss<I> }
        axis! { $loss<I> }
        loss! { $loss, $name }
        loss! { $loss<FromLogits>, $name }

        impl<const W: usize, A: BinaryProbabilities, C> Fits<Output<W, A, C>> for $loss {}
        impl<const W: usize, A: BinaryLogits, C> Fits<Output<W, A, C>> for $loss<FromLogits> {}
        impl<I, O, Y: DenseFor<O>> Accepts<O, Y> for $loss<I> {}
    };
}

constructors! { BinaryCrossentropy, "binary_crossentropy", { smoothing: 0.0 } }
constructors! { BinaryFocalCrossentropy, "binary_focal_crossentropy", { smoothing: 0.0, gamma: 2.0, alpha: None } }

impl<I> BinaryFocalCrossentropy<I> {
    /// How much less the certain counts; 2 by default.
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }

    /// Weighs the answer yes by `alpha` and the answer no by `1 - alpha` (Keras' `apply_class_balancing`).
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = Some(alpha);
        self
    }

    fn settings(&self) -> Result<(), String> {
        within("label_smoothing", self.smoothing, 0.0..=1.0)?;
        within("gamma", self.gamma, 0.0..=f64::MAX)?;
        self.alpha.map_or(Ok(()), |alpha| within("alpha", alpha, 0.0..=1.0))
    }

    /// The loss of a probability, and its derivative.
    #[inline(always)]
    fn focal<T: Real>(&self, p: T, t: T) -> (T, T) {
        let t = self.smooth(t);
        let (bce, slope) = bce(p, t);
        let gamma = T::of(self.gamma);
        let missing = T::one() - (t * p + (T::one() - t) * (T::one() - p));
        let weight = match self.alpha {
            Some(alpha) => t * T::of(alpha) + (T::one() - t) * T::of(1.0 - alpha),
            None => T::one(),
        };
        let factor = missing.powf(gamma);
        let falling = match self.gamma {
            0.0 => T::zero(),
            _ => gamma * missing.powf(gamma - T::one()) * (T::one() - t - t),
        };
        (weight * factor * bce, weight * (factor * slope + falling * bce))
    }
}

/// The cross-entropy of a probability, and its derivative.
#[inline(always)]
fn bce<T: Real>(p: T, t: T) -> (T, T) {
    let (low, high) = (T::of(EPSILON), T::one() - T::of(EPSILON));
    let q = clip(p, low, high);
    let rest = T::one() - q;
    let slope = if p < low || p > high { T::zero() } else { (T::one() - t) / rest - t / q };
    (-(t * q.logarithm::<false>() + (T::one() - t) * rest.logarithm::<false>()), slope)
}

#[inline(always)]
fn sigmoid<T: Real>(y: T) -> T {
    let e = (-y.abs()).exp();
    let small = e / (T::one() + e);
    if y > T::zero() { T::one() - small } else { small }
}

impl Point for BinaryCrossentropy {
    const BINARY: bool = true;

    fn check(&self) -> Result<(), String> {
        within("label_smoothing", self.smoothing, 0.0..=1.0)
    }

    #[inline(always)]
    fn point<T: Real>(&self, y: T, t: T) -> (T, T) {
        bce(y, self.smooth(t))
    }
}

impl Point for BinaryCrossentropy<FromLogits> {
    const BINARY: bool = true;

    fn check(&self) -> Result<(), String> {
        within("label_smoothing", self.smoothing, 0.0..=1.0)
    }

    #[inline(always)]
    fn point<T: Real>(&self, y: T, t: T) -> (T, T) {
        let t = self.smooth(t);
        let positive = if y < T::zero() { T::zero() } else { y };
        (positive - y * t + (-y.abs()).exp().ln_1p(), sigmoid(y) - t)
    }
}

impl Point for BinaryFocalCrossentropy {
    const BINARY: bool = true;

    fn check(&self) -> Result<(), String> {
        self.settings()
    }

    #[inline(always)]
    fn point<T: Real>(&self, y: T, t: T) -> (T, T) {
        self.focal(y, t)
    }
}

impl Point for BinaryFocalCrossentropy<FromLogits> {
    const BINARY: bool = true;

    fn check(&self) -> Result<(), String> {
        self.settings()
    }

    #[inline(always)]
    fn point<T: Real>(&self, y: T, t: T) -> (T, T) {
        let p = sigmoid(y);
        let (loss, slope) = self.focal(p, t);
        (loss, slope * p * (T::one() - p))
    }
}
