use super::*;

const ALL: [Activation; 29] = [
    Activation::Linear,
    Activation::Relu,
    Activation::Relu6,
    Activation::LeakyRelu,
    Activation::Elu,
    Activation::Selu,
    Activation::Gelu,
    Activation::Softplus,
    Activation::Softsign,
    Activation::Silu,
    Activation::Sigmoid,
    Activation::Tanh,
    Activation::Exponential,
    Activation::HardSigmoid,
    Activation::HardSilu,
    Activation::Mish,
    Activation::GeluTanh,
    Activation::Celu,
    Activation::HardTanh,
    Activation::HardShrink,
    Activation::SoftShrink,
    Activation::TanhShrink,
    Activation::LogSigmoid,
    Activation::Squareplus,
    Activation::SparsePlus,
    Activation::SparseSigmoid,
    Activation::Softmax,
    Activation::LogSoftmax,
    Activation::Sparsemax,
];

const WIDTH: usize = 37;

/// The definition, on one row, by the functions of the standard library.
fn reference(activation: Activation, x: &[f64]) -> Vec<f64> {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let hard = |x: f64| (x / 6.0 + 0.5).clamp(0.0, 1.0);
    let elu = |x: f64| if x > 0.0 { x } else { x.exp_m1() };
    let largest = x.iter().copied().fold(f64::MIN, f64::max);
    let sum: f64 = x.iter().map(|x| (x - largest).exp()).sum();
    // The sum of what is above a limit falls as the limit rises.
    let above = |limit: f64| x.iter().map(|x| (x - limit).max(0.0)).sum::<f64>();
    let (mut low, mut limit) = (largest - 1.0, largest);
    while low < f64::midpoint(low, limit) && f64::midpoint(low, limit) < limit {
        let middle = f64::midpoint(low, limit);
        *if above(middle) > 1.0 { &mut low } else { &mut limit } = middle;
    }
    let one = |x: f64| match activation {
        Activation::Linear => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::LeakyRelu => x.max(0.2 * x),
        Activation::Elu => elu(x),
        Activation::Selu => SELU_SCALE * if x > 0.0 { x } else { SELU_ALPHA * x.exp_m1() },
        Activation::Gelu => x * super::super::elementary::Elementary::normal_share::<false>(x),
        Activation::Softplus => softplus(x),
        Activation::Softsign => x / (1.0 + x.abs()),
        Activation::Silu => x * sigmoid(x),
        Activation::Sigmoid => sigmoid(x),
        Activation::Tanh => x.tanh(),
        Activation::Exponential => x.exp(),
        Activation::HardSigmoid => hard(x),
        Activation::HardSilu => x * hard(x),
        Activation::Mish => x * softplus(x).tanh(),
        Activation::GeluTanh => {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        }
        Activation::Celu => x.max(0.0) + x.min(0.0).exp_m1(),
        Activation::HardTanh => x.clamp(-1.0, 1.0),
        Activation::HardShrink => f64::from(x.abs() > 0.5) * x,
        Activation::SoftShrink => (x.abs() - 0.5).max(0.0) * x.signum(),
        Activation::TanhShrink => x - x.tanh(),
        Activation::LogSigmoid => -softplus(-x),
        // Not the difference of the definition, which is inexact where x is far below 0.
        Activation::Squareplus => 2.0 / (x.hypot(2.0) - x),
        Activation::SparsePlus if x.abs() < 1.0 => (x + 1.0).powi(2) / 4.0,
        Activation::SparsePlus => x.max(0.0),
        Activation::SparseSigmoid => ((x + 1.0) / 2.0).clamp(0.0, 1.0),
        Activation::Softmax => (x - largest).exp() / sum,
        Activation::LogSoftmax => x - largest - sum.ln(),
        Activation::Sparsemax => (x - limit).max(0.0),
    };
    x.iter().map(|&x| one(x)).collect()
}

/// Values from -12 to 12, none at a kink.
fn inputs() -> Vec<f64> {
    (0..4 * WIDTH).map(|i| f64::from(((i * 61) % (4 * WIDTH)) as f32 * 0.163 - 12.007)).collect()
}

#[track_caller]
fn close<T: Real>(what: &str, actual: &[T], expected: &[f64], tolerance: f64) {
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (actual.wide() - expected).abs();
        assert!(error <= tolerance * expected.abs().max(0.1), "{what} {index}: {actual}, not {expected}");
    }
}

fn check<T: Real>(tolerance: f64) {
    let wide = inputs();
    let expected =
        |activation, x: &[f64]| -> Vec<f64> { x.chunks(WIDTH).flat_map(|x| reference(activation, x)).collect() };
    let x: Vec<T> = wide.iter().map(|&x| T::of(x)).collect();
    let dy: Vec<f64> = (0..wide.len()).map(|i| 0.25 * ((i % 7) as f64 - 2.0)).collect();
    for activation in ALL {
        let value = expected(activation, &wide);
        // The gradient, by differences of the definition: of the sum of y dy, row by row.
        let slope: Vec<f64> = (0..wide.len())
            .map(|i| {
                let row = i / WIDTH * WIDTH..(i / WIDTH + 1) * WIDTH;
                let moved = |step: f64| {
                    let mut x = wide[row.clone()].to_vec();
                    x[i % WIDTH] += step;
                    reference(activation, &x).iter().zip(&dy[row.clone()]).map(|(y, dy)| y * dy).sum::<f64>()
                };
                (moved(1e-5) - moved(-1e-5)) / 2e-5
            })
            .collect();
        for level in Level::available() {
            let what = format!("{activation:?} {level:?} {}", T::NAME);
            let mut y = x.clone();
            forward(level, activation, &mut y, WIDTH);
            close(&what, &y, &value, tolerance);
            let known = if activation.reads_input() { &x } else { &y };
            let dy: Vec<T> = dy.iter().map(|&dy| T::of(dy)).collect();
            let mut dx = vec![T::nan(); x.len()];
            backward(level, activation, known, &dy, &mut dx, Write::Overwrite, WIDTH);
            // Outputs near their limits tell the slope less exactly; so do differences.
            let scale = value.iter().fold(1.0, |most: f64, value| most.max(value.abs()));
            close(&format!("gradient of {what}"), &dx, &slope, (4.0 * tolerance).max(1e-8) * scale);
            let mut more = x.clone();
            backward(level, activation, known, &dy, &mut more, Write::Add, WIDTH);
            let sum = more.iter().zip(&x).zip(&dx).all(|((&more, &x), &dx)| more == x + dx);
            assert!(sum, "added {what}");
        }
    }
}

#[test]
fn activations_and_gradients_single() {
    check::<f32>(1e-6);
}

#[test]
fn activations_and_gradients_double() {
    check::<f64>(1e-14);
}

#[test]
fn nan_stays_visible_and_infinity_has_a_limit() {
    for level in Level::available() {
        for activation in ALL {
            let mut values = [f32::NAN; 20];
            forward(level, activation, &mut values, 20);
            assert!(values.iter().all(|value| value.is_nan()), "{activation:?} {level:?}");
        }
        for (activation, low, high) in [
            (Activation::Sigmoid, 0.0, 1.0),
            (Activation::Tanh, -1.0, 1.0),
            (Activation::Exponential, 0.0, f32::INFINITY),
            (Activation::Softplus, 0.0, f32::INFINITY),
            (Activation::Elu, -1.0, f32::INFINITY),
        ] {
            let mut values = [f32::NEG_INFINITY, f32::INFINITY];
            forward(level, activation, &mut values, 2);
            assert_eq!(values, [low, high], "{activation:?} {level:?}");
        }
        let mut row = [1000.0_f32, 1000.0, f32::NEG_INFINITY];
        forward(level, Activation::Softmax, &mut row, 3);
        assert_eq!(row, [0.5, 0.5, 0.0]);
        let mut none: [f32; 0] = [];
        forward(level, Activation::Softmax, &mut none, 0);
    }
}

#[test]
fn rows_of_any_width() {
    for (level, width) in Level::available().flat_map(|level| [1, 2, 10, 15, 16, 17, 40].map(|width| (level, width))) {
        let wide: Vec<f64> = (0..3 * width).map(|i| ((i * 29) % 53) as f64 / 4.0 - 6.0).collect();
        for activation in [Activation::Softmax, Activation::LogSoftmax] {
            let mut values: Vec<f32> = wide.iter().map(|x| *x as f32).collect();
            values[width] = f32::NAN;
            forward(level, activation, &mut values, width);
            let what = format!("{activation:?} of {width}, {level:?}");
            for (row, values) in values.chunks(width).enumerate() {
                if row == 1 {
                    assert!(values.iter().all(|value| value.is_nan()), "{what}: {values:?}");
                } else {
                    // What is left of two numbers of about seven.
                    close(&what, values, &reference(activation, &wide[row * width..][..width]), 1e-5);
                }
            }
        }
    }
}
