//! Activation functions of single values, and their slopes, with the meaning of Keras 3.

use formwork_shape::Activation;

use crate::Real;

use super::level::{Level, Routine};
use super::{Write, softmax, sparsemax};

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
const ROOT_TWO_OVER_PI: f64 = 0.797_884_560_802_865_4;
const GELU_CUBE: f64 = 0.044_715;

/// Replaces each value by its activation. An [activation of rows](Activation::of_rows) takes the values as rows of `width`.
///
/// # Panics
/// If `width` does not divide the values into rows, for an activation of rows.
pub fn forward<T: Real>(level: Level, activation: Activation, values: &mut [T], width: usize) {
    match activation {
        Activation::Softmax => softmax::softmax(level, values, width, T::one()),
        Activation::LogSoftmax => softmax::log_softmax(level, values, width),
        Activation::Sparsemax => sparsemax::sparsemax(values, width),
        _ => level.run(Forward { activation, values }),
    }
}

/// The gradient before the activation, `dx`, from that after it, `dy`. `known` is the input of the activation where
/// [`Activation::reads_input`], else its output.
///
/// # Panics
/// If the lengths differ, or as [`forward`] does.
pub fn backward<T: Real>(
    level: Level,
    activation: Activation,
    known: &[T],
    dy: &[T],
    dx: &mut [T],
    write: Write,
    width: usize,
) {
    assert!(known.len() == dx.len() && dy.len() == dx.len(), "the slices of an activation have one length");
    match activation {
        Activation::Softmax => softmax::softmax_gradient(level, known, dy, dx, write, width),
        Activation::LogSoftmax => softmax::log_softmax_gradient(level, known, dy, dx, write, width),
        Activation::Sparsemax => sparsemax::sparsemax_gradient(known, dy, dx, write, width),
        _ => level.run(Backward { activation, known, dy, dx, write }),
    }
}

struct Forward<'a, T> {
    activation: Activation,
    values: &'a mut [T],
}

#[inline(always)]
fn each<T: Real>(values: &mut [T], function: impl Fn(T) -> T) {
    for value in values {
        *value = function(*value);
    }
}

impl<T: Real> Routine for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let values = self.values;
        let (zero, one, half) = (T::zero(), T::one(), T::of(0.5));
        // Comparisons are such that NaN stays.
        match self.activation {
            Activation::Linear | Activation::Softmax | Activation::LogSoftmax | Activation::Sparsemax => {}
            Activation::Relu => each(values, |x| if x < zero { zero } else { x }),
            Activation::Relu6 => each(values, |x| within(x, zero, T::of(6.0))),
            Activation::LeakyRelu => each(values, |x| if x < zero { T::of(0.2) * x } else { x }),
            Activation::Elu => each(values, |x| elu::<FMA, T>(x, one)),
            Activation::Selu => each(values, |x| T::of(SELU_SCALE) * elu::<FMA, T>(x, T::of(SELU_ALPHA))),
            Activation::Gelu => each(values, |x| x * x.normal_share::<FMA>()),
            Activation::Softplus => each(values, |x| softplus::<FMA, T>(x)),
            Activation::Softsign => each(values, |x| x / (one + x.abs())),
            Activation::Silu => each(values, |x| x * sigmoid::<FMA, T>(x)),
            Activation::Sigmoid => each(values, |x| sigmoid::<FMA, T>(x)),
            Activation::Tanh => each(values, |x| tanh::<FMA, T>(x)),
            Activation::Exponential => each(values, T::exponential::<FMA>),
            Activation::HardSigmoid => each(values, |x| hard_sigmoid(x)),
            Activation::HardSilu => each(values, |x| x * hard_sigmoid(x)),
            Activation::Mish => each(values, |x| x * tanh_of_softplus::<FMA, T>(x)),
            Activation::GeluTanh => each(values, |x| x * gelu_share::<FMA, T>(x)),
            Activation::Celu => each(values, |x| elu::<FMA, T>(x, one)),
            Activation::HardTanh => each(values, |x| within(x, -one, one)),
            Activation::HardShrink => each(values, |x| if x.abs() <= half { zero } else { x }),
            Activation::SoftShrink => each(values, |x| x - within(x, -half, half)),
            Activation::TanhShrink => each(values, |x| x - tanh::<FMA, T>(x)),
            Activation::LogSigmoid => each(values, |x| -softplus::<FMA, T>(-x)),
            Activation::Squareplus => each(values, |x| {
                let root = (x * x + T::of(4.0)).sqrt();
                // Below 0 the sum would cancel.
                if x < zero { (one + one) / (root - x) } else { (x + root) * half }
            }),
            Activation::SparsePlus => each(values, |x| {
                let bent = (x + one) * (x + one) * half * half;
                if x <= -one {
                    zero
                } else if x >= one {
                    x
                } else {
                    bent
                }
            }),
            Activation::SparseSigmoid => each(values, |x| within((x + one) * half, zero, one)),
        }
    }
}

struct Backward<'a, T> {
    activation: Activation,
    known: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
    write: Write,
}

impl<T: Real> Backward<'_, T> {
    /// `gradient` of the known value and `dy` goes to `dx`.
    #[inline(always)]
    fn each(self, gradient: impl Fn(T, T) -> T) {
        let Backward { known, dy, dx, write, .. } = self;
        let (known, dy) = (&known[..dx.len()], &dy[..dx.len()]);
        // A loop of its own and one call: the compiler makes another function, for the plainest level, of a large closure
        // that is passed on or called twice.
        for (place, dx) in dx.iter_mut().enumerate() {
            write.put(dx, gradient(known[place], dy[place]));
        }
    }
}

impl<T: Real> Routine for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let (zero, one, half) = (T::zero(), T::one(), T::of(0.5));
        let (six, sixth) = (T::of(6.0), T::of(1.0 / 6.0));
        match self.activation {
            Activation::Linear | Activation::Softmax | Activation::LogSoftmax | Activation::Sparsemax => {
                self.each(|_, dy| dy);
            }
            Activation::Relu => self.each(|y, dy| if y > zero { dy } else { zero }),
            Activation::Relu6 => self.each(|y, dy| if y > zero && y < six { dy } else { zero }),
            Activation::LeakyRelu => self.each(|y, dy| if y > zero { dy } else { T::of(0.2) * dy }),
            Activation::Elu => self.each(|y, dy| if y > zero { dy } else { (y + one) * dy }),
            Activation::Selu => self.each(|y, dy| {
                let (right, left) = (T::of(SELU_SCALE), y + T::of(SELU_SCALE * SELU_ALPHA));
                dy * if y > zero { right } else { left }
            }),
            Activation::Gelu => self.each(|x, dy| {
                let density = T::of(0.398_942_280_401_432_7) * (-T::of(0.5) * x * x).exponential::<FMA>();
                dy * (x.normal_share::<FMA>() + x * density)
            }),
            // y >= 0, and the slope is 1 - e^-y.
            Activation::Softplus => self.each(|y, dy| -dy * (-y).exponential_m1::<FMA>()),
            Activation::Softsign => self.each(|y, dy| dy * (one - y.abs()) * (one - y.abs())),
            Activation::Silu => self.each(|x, dy| {
                let share = sigmoid::<FMA, T>(x);
                dy * share * (one + x * (one - share))
            }),
            Activation::Sigmoid => self.each(|y, dy| dy * y * (one - y)),
            Activation::Tanh => self.each(|y, dy| dy * (one - y * y)),
            Activation::Exponential => self.each(|y, dy| dy * y),
            Activation::HardSigmoid => self.each(|y, dy| if y > zero && y < one { dy * sixth } else { zero }),
            Activation::HardSilu => self.each(|x, dy| {
                let slope = if x.abs() < T::of(3.0) { x * sixth } else { zero };
                dy * (hard_sigmoid(x) + slope)
            }),
            Activation::Mish => self.each(|x, dy| {
                let t = tanh_of_softplus::<FMA, T>(x);
                dy * (t + x * (one - t * t) * sigmoid::<FMA, T>(x))
            }),
            Activation::GeluTanh => self.each(|x, dy| {
                let share = gelu_share::<FMA, T>(x);
                let slope = T::of(2.0 * ROOT_TWO_OVER_PI) * (one + T::of(3.0 * GELU_CUBE) * x * x);
                dy * share * (one + x * (one - share) * slope)
            }),
            Activation::Celu => self.each(|y, dy| if y > zero { dy } else { (y + one) * dy }),
            Activation::HardTanh => self.each(|x, dy| if x.abs() < one { dy } else { zero }),
            Activation::HardShrink | Activation::SoftShrink => {
                self.each(|x, dy| if x.abs() <= half { zero } else { dy });
            }
            Activation::TanhShrink => self.each(|x, dy| {
                let t = tanh::<FMA, T>(x);
                dy * t * t
            }),
            // y <= 0, and the slope is 1 - e^y.
            Activation::LogSigmoid => self.each(|y, dy| -dy * y.exponential_m1::<FMA>()),
            // y > 0, and x = y - 1 / y.
            Activation::Squareplus => self.each(|y, dy| dy * y * y / (y * y + one)),
            Activation::SparsePlus => self.each(|x, dy| dy * within((x + one) * half, zero, one)),
            Activation::SparseSigmoid => self.each(|x, dy| if x.abs() < one { dy * half } else { zero }),
        }
    }
}

/// `(1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`, as a sigmoid, which does not cancel.
#[inline(always)]
fn gelu_share<const FMA: bool, T: Real>(x: T) -> T {
    sigmoid::<FMA, T>(T::of(2.0 * ROOT_TWO_OVER_PI) * (x + T::of(GELU_CUBE) * x * x * x))
}

/// `x` within the limits; NaN stays.
#[inline(always)]
fn within<T: Real>(x: T, low: T, high: T) -> T {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

#[inline(always)]
fn elu<const FMA: bool, T: Real>(x: T, alpha: T) -> T {
    if x > T::zero() { x } else { alpha * x.exponential_m1::<FMA>() }
}

/// `1 / (1 + e^-x)`
#[inline(always)]
pub(crate) fn sigmoid<const FMA: bool, T: Real>(x: T) -> T {
    x.logistic::<FMA>()
}

#[inline(always)]
fn hard_sigmoid<T: Real>(x: T) -> T {
    within(x / T::of(6.0) + T::of(0.5), T::zero(), T::one())
}

/// `max(x, 0) + ln(1 + e^-|x|)`, which cannot overflow.
#[inline(always)]
fn softplus<const FMA: bool, T: Real>(x: T) -> T {
    let positive = if x < T::zero() { T::zero() } else { x };
    positive + (-x.abs()).exponential::<FMA>().logarithm_1p::<FMA>()
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh<const FMA: bool, T: Real>(x: T) -> T {
    x.hyperbolic_tangent::<FMA>()
}

/// With `e = e^x`, `tanh(ln(1 + e)) = e (e + 2) / (e (e + 2) + 2)`.
#[inline(always)]
fn tanh_of_softplus<const FMA: bool, T: Real>(x: T) -> T {
    let power = within(x, T::of(-100.0), T::of(20.0)).exponential::<FMA>();
    let product = power * (power + T::of(2.0));
    product / (product + T::of(2.0))
}

#[cfg(test)]
mod tests;
