//! The activations at the end of other layers, and their way back.

use formwork_shape::Activation;

use super::each;
use crate::buffer::Buffer;
use crate::kernels::Write;
use crate::{Real, Threads};

/// What an activation keeps in training: its input where the way back needs it, and room for a gradient.
#[derive(Debug, Default)]
pub(super) struct Kept<T> {
    x: Buffer<T>,
    d: Buffer<T>,
}

impl<T: Real> Kept<T> {
    /// Keeps the input of `activation` if it will be needed.
    pub fn keep(&mut self, activation: Activation, x: &[T]) {
        if activation.reads_input() {
            self.x.take(x.len()).copy_from_slice(x);
        }
    }

    /// The gradient before the activation, from that after it and from its output `y`.
    pub fn back<'a>(
        &'a mut self,
        threads: &Threads,
        activation: Activation,
        y: &[T],
        dy: &'a [T],
        width: usize,
    ) -> &'a [T] {
        if activation == Activation::Linear {
            return dy;
        }
        let known = if activation.reads_input() { self.x.get(dy.len()) } else { y };
        let d = self.d.take(dy.len());
        backward(threads, activation, known, dy, (d, Write::Overwrite), width);
        d
    }
}

/// `data = activation(data)`, in rows of `width`.
pub(super) fn forward<T: Real>(threads: &Threads, activation: Activation, data: &mut [T], width: usize) {
    match activation {
        Activation::Linear => {}
        Activation::Softmax => each::parts(threads, data, width, |_, row| {
            let (largest, sum) = exponentials(row);
            row.iter_mut().for_each(|value| *value = (*value - largest).exp() / sum);
        }),
        Activation::LogSoftmax => each::parts(threads, data, width, |_, row| {
            let (largest, sum) = exponentials(row);
            let total = largest + sum.ln();
            row.iter_mut().for_each(|value| *value -= total);
        }),
        _ => threads.chunks_mut(data, each::TASK, &|_, data| {
            data.iter_mut().for_each(|value| *value = of(activation, *value));
        }),
    }
}

/// Applies an activation while a product is made; nothing where it needs whole rows.
pub(super) fn fused<T: Real>(activation: Activation) -> impl Fn(&mut [T]) + Sync {
    move |values| match activation {
        Activation::Softmax | Activation::LogSoftmax | Activation::Linear => {}
        _ => apply(activation, values),
    }
}

/// Applies what [`fused`] could not.
pub(super) fn finish<T: Real>(threads: &Threads, activation: Activation, data: &mut [T], width: usize) {
    if matches!(activation, Activation::Softmax | Activation::LogSoftmax) {
        forward(threads, activation, data, width);
    }
}

/// An activation of single values.
pub(super) fn apply<T: Real>(activation: Activation, values: &mut [T]) {
    values.iter_mut().for_each(|value| *value = of(activation, *value));
}

/// The largest value `m`, and the sum of `e` to the values less `m`, which cannot overflow.
fn exponentials<T: Real>(row: &[T]) -> (T, T) {
    let largest = row.iter().fold(T::neg_infinity(), |largest, value| largest.max(*value));
    (largest, row.iter().fold(T::zero(), |sum, value| sum + (*value - largest).exp()))
}

/// The gradient before the activation; `known` is its input where [`Activation::reads_input`], else its output.
pub(super) fn backward<T: Real>(
    threads: &Threads,
    activation: Activation,
    known: &[T],
    dy: &[T],
    (dx, write): (&mut [T], Write),
    width: usize,
) {
    let rows = |dx: &mut [T], work: &(dyn Fn(T, T, T) -> T + Sync), total: &(dyn Fn(T, T) -> T + Sync)| {
        each::parts(threads, dx, width, |row, dx| {
            let (y, dy) = (&known[row * width..][..width], &dy[row * width..][..width]);
            let sum = y.iter().zip(dy).fold(T::zero(), |sum, (y, dy)| sum + total(*y, *dy));
            for k in 0..width {
                each::put(write, &mut dx[k], work(y[k], dy[k], sum));
            }
        });
    };
    match activation {
        Activation::Softmax => rows(dx, &|y, dy, sum| y * (dy - sum), &|y, dy| y * dy),
        Activation::LogSoftmax => rows(dx, &|y, dy, sum| dy - y.exp() * sum, &|_, dy| dy),
        _ => each::zip(threads, write, dx, known, dy, |known, dy| dy * slope(activation, known)),
    }
}

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

fn sigmoid<T: Real>(x: T) -> T {
    T::one() / (T::one() + (-x).exp())
}

fn softplus<T: Real>(x: T) -> T {
    x.max(T::zero()) + (-x.abs()).exp().ln_1p()
}

/// An activation of one element.
fn of<T: Real>(activation: Activation, x: T) -> T {
    let (zero, one) = (T::zero(), T::one());
    match activation {
        Activation::Linear | Activation::Softmax | Activation::LogSoftmax => x,
        Activation::Relu => x.max(zero),
        Activation::Relu6 => x.max(zero).min(T::of(6.0)),
        Activation::LeakyRelu => x.max(T::of(0.2) * x),
        Activation::Elu => {
            if x > zero {
                x
            } else {
                x.exp_m1()
            }
        }
        Activation::Selu => T::of(SELU_SCALE) * if x > zero { x } else { T::of(SELU_ALPHA) * x.exp_m1() },
        Activation::Gelu => x * normal_share(x),
        Activation::Softplus => softplus(x),
        Activation::Softsign => x / (one + x.abs()),
        Activation::Silu => x * sigmoid(x),
        Activation::Sigmoid => sigmoid(x),
        Activation::Tanh => x.tanh(),
        Activation::Exponential => x.exp(),
        Activation::HardSigmoid => hard_sigmoid(x),
        Activation::HardSilu => x * hard_sigmoid(x),
        Activation::Mish => x * softplus(x).tanh(),
    }
}

/// The derivative of an activation of one element; `known` is its input where [`Activation::reads_input`], else its
/// output.
pub(super) fn slope<T: Real>(activation: Activation, known: T) -> T {
    let (zero, one, x, y) = (T::zero(), T::one(), known, known);
    match activation {
        Activation::Linear | Activation::Softmax | Activation::LogSoftmax => one,
        Activation::Relu => {
            if y > zero {
                one
            } else {
                zero
            }
        }
        Activation::Relu6 => {
            if y > zero && y < T::of(6.0) {
                one
            } else {
                zero
            }
        }
        Activation::LeakyRelu => {
            if y > zero {
                one
            } else {
                T::of(0.2)
            }
        }
        Activation::Elu => {
            if y > zero {
                one
            } else {
                y + one
            }
        }
        Activation::Selu => {
            if y > zero {
                T::of(SELU_SCALE)
            } else {
                y + T::of(SELU_SCALE * SELU_ALPHA)
            }
        }
        Activation::Gelu => normal_share(x) + x * T::of(0.398_942_280_401_432_7) * (-x * x / T::of(2.0)).exp(),
        Activation::Softplus => -(-y).exp_m1(),
        Activation::Softsign => (one - y.abs()) * (one - y.abs()),
        Activation::Silu => sigmoid(x) * (one + x * (one - sigmoid(x))),
        Activation::Sigmoid => y * (one - y),
        Activation::Tanh => one - y * y,
        Activation::Exponential => y,
        Activation::HardSigmoid => {
            if y > zero && y < one {
                T::of(1.0 / 6.0)
            } else {
                zero
            }
        }
        Activation::HardSilu => {
            let inside = x > -T::of(3.0) && x < T::of(3.0);
            hard_sigmoid(x) + if inside { x / T::of(6.0) } else { zero }
        }
        Activation::Mish => {
            let t = softplus(x).tanh();
            t + x * (one - t * t) * sigmoid(x)
        }
    }
}

fn hard_sigmoid<T: Real>(x: T) -> T {
    (x / T::of(6.0) + T::of(0.5)).max(T::zero()).min(T::one())
}

/// The share of the standard normal distribution below `x`.
fn normal_share<T: Real>(x: T) -> T {
    let z = x.wide();
    if z.abs() > 9.0 {
        return if z > 0.0 { T::one() } else { T::zero() };
    }
    // Φ(z) = 1/2 + φ(z) (z + z³/3 + z⁵/15 + ..)
    let (mut term, mut sum, mut odd) = (z.abs(), z.abs(), 1.0);
    while term > sum * 1e-17 {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    let upper = 0.5 + sum * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    T::of(if z > 0.0 { upper } else { 1.0 - upper })
}
