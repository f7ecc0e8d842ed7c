//! Losses that compare number with number.

use super::elementwise::{Point, elementwise};
use super::options::within;
use super::reduce::EPSILON;
use super::{Options, loss, options};
use crate::Real;
use crate::train::{Accepts, DenseFor, Fits};

elementwise! {
    /// The mean of `(y - t)²`.
    MeanSquaredError, "mean_squared_error", |y, t| {
        let d = y - t;
        (d * d, d + d)
    }
}

elementwise! {
    /// The mean of `|y - t|`.
    MeanAbsoluteError, "mean_absolute_error", |y, t| ((y - t).abs(), sign(y - t))
}

elementwise! {
    /// The mean of `100 |y - t| / |t|`, with `|t|` kept above 1e-7.
    MeanAbsolutePercentageError, "mean_absolute_percentage_error", |y, t| {
        let share = T::of(100.0) / floor(t.abs());
        ((y - t).abs() * share, sign(y - t) * share)
    }
}

elementwise! {
    /// The mean of `(ln(1 + y) - ln(1 + t))²`, with `y` and `t` kept above 1e-7.
    MeanSquaredLogarithmicError, "mean_squared_logarithmic_error", |y, t| {
        let d = (floor(y) + T::one()).ln() - (floor(t) + T::one()).ln();
        let slope = if y < T::of(EPSILON) { T::zero() } else { (d + d) / (y + T::one()) };
        (d * d, slope)
    }
}

elementwise! {
    /// The mean of `ln cosh(y - t)`: about `d² / 2` for small differences and `|d| - ln 2` for large ones.
    LogCosh, "log_cosh", |y, t| {
        let d = y - t;
        let far = (T::of(-2.0) * d.abs()).exp().ln_1p() - T::of(std::f64::consts::LN_2);
        (d.abs() + far, d.tanh())
    }
}

elementwise! {
    /// The mean of `y - t ln y`: the negative log-likelihood of counts `t` at rates `y`.
    Poisson, "poisson", |y, t| {
        let safe = y + T::of(EPSILON);
        (y - t * safe.ln(), T::one() - t / safe)
    }
}

elementwise! {
    /// The mean of `max(1 - t y, 0)` for targets -1 and 1; a target of 0 means -1.
    Hinge, "hinge", BINARY = true, |y, t| {
        let t = signed(t);
        let gap = T::one() - t * y;
        if gap < T::zero() { (T::zero(), T::zero()) } else { (gap, -t) }
    }
}

elementwise! {
    /// The mean of `max(1 - t y, 0)²` for targets -1 and 1; a target of 0 means -1.
    SquaredHinge, "squared_hinge", BINARY = true, |y, t| {
        let t = signed(t);
        let gap = T::one() - t * y;
        if gap < T::zero() { (T::zero(), T::zero()) } else { (gap * gap, -(t * gap + t * gap)) }
    }
}

/// The mean of `d² / 2` where `|d| = |y - t|` is at most `delta`, and of `delta |d| - delta² / 2` beyond.
///
/// Huber (1964), <https://doi.org/10.1214/aoms/1177703732>.
#[derive(Clone, Debug)]
pub struct Huber {
    options: Options,
    delta: f64,
}

impl Huber {
    /// The loss `huber` with a delta of 1.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Huber { options: Options::default(), delta: 1.0 }
    }

    /// Where the loss turns from a square to a line; 1 by default.
    pub fn delta(mut self, delta: f64) -> Self {
        self.delta = delta;
        self
    }
}

impl Point for Huber {
    fn check(&self) -> Result<(), String> {
        within("delta", self.delta, 0.0..=f64::MAX)
    }

    #[inline(always)]
    fn point<T: Real>(&self, y: T, t: T) -> (T, T) {
        let (d, delta, half) = (y - t, T::of(self.delta), T::of(0.5));
        if d.abs() <= delta { (half * d * d, d) } else { (delta * d.abs() - half * delta * delta, delta * sign(d)) }
    }
}

options! { Huber }
loss! { Huber, "huber" }
impl<O> Fits<O> for Huber {}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for Huber {}

/// 1, -1, and 0 for 0.
#[inline(always)]
fn sign<T: Real>(x: T) -> T {
    if x > T::zero() {
        T::one()
    } else if x < T::zero() {
        -T::one()
    } else {
        // NaN stays NaN.
        x
    }
}

/// `x`, but at least 1e-7.
#[inline(always)]
fn floor<T: Real>(x: T) -> T {
    if x < T::of(EPSILON) { T::of(EPSILON) } else { x }
}

/// Targets 0 and 1 as -1 and 1.
#[inline(always)]
fn signed<T: Real>(t: T) -> T {
    if t == T::zero() { -T::one() } else { t }
}
