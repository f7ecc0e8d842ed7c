//! Large gradients, of which `fit` leaves the factors to the optimizer: training goes as if they had been written out.

use formwork::prelude::*;
use formwork::train::Optimizer;
use formwork::weights::Parameters;
use ndarray::{Array, Array2, s};

const WORDS: usize = 3000;

model!(
    fn Wide(ids: Input<6, u32>, more: Input<2, u32>, x: Input<700>) -> Output<3> {
        // Rows of a table, some of them several times; two readers of another one.
        let words = Flatten()(Embedding(WORDS, 32, name = words)(ids));
        let shared = Embedding(WORDS, 24, name = shared);
        let others = concatenate(Flatten()(shared(ids)), Flatten()(shared(more)));
        // A kernel that a regularizer adds to, and a large one with two uses.
        let wide = Dense(300, activation = relu, name = wide)(x);
        let kept = Dense(700, activation = tanh, kernel_regularizer = L2(0.01), name = kept)(wide);
        // The first of the uses, which is the last one on the way back, has several inputs.
        let twice = Dense(800, name = twice);
        let joined = twice(concatenate(Dense(300, name = left)(x), Dense(400, name = right)(x)));
        let h = joined + twice(kept) + twice(x);
        Dense(3, name = head)(concatenate(h, Dense(230, name = of_words)(concatenate(words, others))))
    }
);

const ROWS: usize = 9;

fn numbers<const N: usize>(rows: usize, seed: u64) -> Array2<f64> {
    let mut state = seed;
    Array::from_shape_simple_fn((rows, N), || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 23) - 1.0
    })
}

fn ids(seed: u64) -> Array2<u32> {
    // Few of the many: some rows of the tables come several times, most never.
    numbers::<6>(ROWS, seed).mapv(|x| if x < 0.0 { 7 } else { (x * WORDS as f64) as u32 })
}

/// A batch of inputs.
fn inputs(seed: u64) -> (Array2<u32>, Array2<u32>, Array2<f64>) {
    (ids(seed), ids(30 + seed).slice(s![.., ..2]).to_owned(), numbers::<700>(ROWS, 10 + seed))
}

fn targets(seed: u64) -> Array2<f64> {
    numbers::<3>(ROWS, 20 + seed)
}

fn weights(model: &Wide<f64>) -> Vec<f64> {
    let mut all = Vec::new();
    model.visit("", &mut |_, variable| all.extend_from_slice(variable.data()));
    all
}

/// Trains by `fit`'s step and by a loop that gets all gradients written.
fn check<O: Optimizer<f64> + Clone>(optimizer: O) {
    let mut by_hand = Wide::<f64>::seeded(3);
    let loss = MeanSquaredError::new();
    let mut fitted = by_hand.clone().compile(optimizer.clone(), MeanSquaredError::new());
    let mut optimizer = optimizer;
    for step in 0..3 {
        let ((ids, more, x), y) = (inputs(step), targets(step));
        let y = || WideTargets { output: &y };
        let batch = || WideInputs { ids: &ids, more: &more, x: &x };
        fitted.train_on_batch(batch(), y()).unwrap();
        let (_, gradients) = by_hand.gradients(batch(), &y(), &loss).unwrap();
        optimizer.apply(&mut by_hand, &gradients);
        let (a, b) = (weights(&fitted), weights(&by_hand));
        let differing = a.iter().zip(&b).position(|(a, b)| a != b);
        assert_eq!(differing, None, "step {step}");
    }
}

#[test]
fn all_optimizers_step_as_from_written_gradients() {
    check(Adam::new(0.01));
    check(Adam::new(0.01).amsgrad(true).layer_rate("wide", 0.5));
    check(AdamW::new(0.01).weight_decay(0.1).use_ema(0.9));
    check(SGD::new(0.1));
    check(SGD::new(0.1).momentum(0.9).nesterov(true));
    check(SGD::new(0.1).weight_decay(0.05));
    check(Adagrad::new(0.1));
    check(RMSprop::new(0.01).centered(true));
    check(Adadelta::new(0.1));
    check(Adamax::new(0.01));
    check(Nadam::new(0.01));
    check(Lion::new(0.001));
    check(Ftrl::new(0.01));
}

/// These get gradients that have been written.
#[test]
fn so_do_those_that_look_at_whole_gradients() {
    check(Adam::new(0.01).global_clipnorm(0.1));
    check(Adam::new(0.01).gradient_accumulation_steps(2));
    check(Lamb::new(0.01));
    check(Adafactor::new(0.01));
}

/// Neither overflow in a product nor NaN gets into the weights, and the error names the variable.
#[test]
fn what_is_not_finite_is_found() {
    let mut model = Wide::<f64>::seeded(3).compile(SGD::new(0.1), MeanSquaredError::new());
    let (ids, more, mut x) = inputs(1);
    // Two layers pass on nothing of what is next to infinite, so that the loss stays finite; its gradient does not.
    x.fill(1e300);
    model.wide.kernel_mut().fill(0.0);
    model.twice.kernel_mut().fill(0.0);
    model.head.kernel_mut().fill(1e9);
    let before = weights(&model);
    let error = model
        .train_on_batch(WideInputs { ids: &ids, more: &more, x: &x }, WideTargets { output: &targets(1) })
        .unwrap_err()
        .to_string();
    assert!(error.contains("the gradient of the loss with respect to `twice/kernel` holds "), "{error}");
    assert_eq!(before, weights(&model));
}

/// A bound that says nothing is no error: the gradient is written out, looked through and found to be finite.
#[test]
fn what_may_not_be_finite_and_is_trains() {
    let mut model = Wide::<f64>::seeded(3).compile(SGD::new(0.1), MeanSquaredError::new());
    let (ids, more, mut x) = inputs(1);
    // A large input to some units that relu keeps at 0, and whose gradient is 0 therefore.
    x.column_mut(0).fill(1e307);
    model.wide.kernel_mut().row_mut(0).fill(-1.0);
    model.twice.kernel_mut().fill(0.0);
    model.head.kernel_mut().fill(0.0);
    let before = weights(&model);
    model.train_on_batch(WideInputs { ids: &ids, more: &more, x: &x }, WideTargets { output: &targets(1) }).unwrap();
    assert_ne!(before, weights(&model));
}

model!(
    fn Shared(a: Input<64>, b: Input<64>, c: Input<128>) -> Output<1> {
        let shared = Dense(128, name = shared);
        let first = shared(concatenate(a, b));
        Dense(1, name = head)(first + shared(c))
    }
);

/// What is known of a gradient is forgotten when another use of its layer adds to it.
#[test]
fn what_another_use_adds_is_looked_at() {
    let mut model = Shared::<f32>::seeded(3).compile(SGD::new(0.1), MeanSquaredError::new());
    model.shared.kernel_mut().fill(0.0);
    model.head.kernel_mut().fill(1e9);
    let (large, one) = (Array2::from_elem((2, 64), 1e30), Array2::from_elem((2, 128), 1.0));
    let y = Array2::from_elem((2, 1), 1.0);
    let error = model
        .train_on_batch(SharedInputs { a: &large, b: &large, c: &one }, SharedTargets { output: &y })
        .unwrap_err()
        .to_string();
    assert!(error.contains("the gradient of the loss with respect to `shared/kernel` holds "), "{error}");
    assert!(model.shared.kernel().iter().all(|weight| *weight == 0.0));
}

model!(
    fn Single(x: Input<1>) -> Output<1> {
        Dense(1, use_bias = false, name = scale)(x)
    }
);

/// The kernel of 1 after some steps, in each of which its gradient is about 2e20.
fn steps_of_large_gradients<O: Optimizer<f32>>(optimizer: O, count: usize) -> Result<f32> {
    let (x, y) = (Array2::from_elem((1, 1), 1e10), Array2::<f32>::zeros((1, 1)));
    let mut model = Single::<f32>::seeded(3);
    model.scale.kernel_mut().fill(1.0);
    let mut model = model.compile(optimizer, MeanSquaredError::new());
    for _ in 0..count {
        model.train_on_batch(SingleInputs { x: &x }, SingleTargets { output: &y })?;
    }
    Ok(model.scale.kernel()[[0, 0]])
}

/// Most optimizers average squares, and an infinite average becomes NaN in the next step.
#[test]
fn a_gradient_whose_square_overflows_is_refused() {
    let check = |result: Result<f32>| {
        let error = result.unwrap_err().to_string();
        let (start, rest) =
            ("the gradient of the loss with respect to `scale/kernel` holds 2.000e", "too much for the optimizer");
        assert!(error.starts_with(start) && error.contains(rest), "{error}");
    };
    check(steps_of_large_gradients(Adam::new(0.1), 1));
    check(steps_of_large_gradients(Adam::new(0.1).gradient_accumulation_steps(4), 1));
    check(steps_of_large_gradients(Adam::new(0.1).loss_scale_factor(1e-3), 1));
    check(steps_of_large_gradients(Nadam::new(0.1), 1));
    check(steps_of_large_gradients(Lamb::new(0.1), 1));
    check(steps_of_large_gradients(Adafactor::new(0.1), 1));
    check(steps_of_large_gradients(Ftrl::new(0.1), 1));
}

/// Where nothing is squared, or what is has been clipped, large gradients train.
#[test]
fn a_large_gradient_trains_where_no_square_overflows() {
    let check = |result: Result<f32>| {
        let weight = result.unwrap();
        assert!(weight.is_finite() && weight != 1.0, "{weight}");
    };
    check(steps_of_large_gradients(SGD::new(1e-22), 3));
    check(steps_of_large_gradients(Lion::new(0.1), 3));
    check(steps_of_large_gradients(Adamax::new(0.1), 3));
    check(steps_of_large_gradients(Adam::new(0.1).clipvalue(1.0), 3));
    check(steps_of_large_gradients(Adam::new(0.1).clipnorm(1.0), 3));
}

/// What is too large for the optimizer never gets there, however small its scale has become.
#[test]
fn a_loss_that_cannot_be_scaled_changes_nothing() {
    let weight = steps_of_large_gradients(LossScaleOptimizer::new(Adam::new(0.1)), 200).unwrap();
    assert_eq!(weight, 1.0);
}

/// The scale of a loss that is too large goes down before such a gradient gets to an optimizer.
#[test]
fn a_loss_is_scaled_so_that_squares_are_finite() {
    let mut model = Single::<f32>::seeded(3)
        .compile(LossScaleOptimizer::new(Adam::new(0.1)).initial_scale(1e20), MeanSquaredError::new());
    model.scale.kernel_mut().fill(1.0);
    let (x, y) = (Array2::<f32>::ones((1, 1)), Array2::<f32>::zeros((1, 1)));
    for _ in 0..8 {
        model.train_on_batch(SingleInputs { x: &x }, SingleTargets { output: &y }).unwrap();
    }
    let scale = model.scale.kernel()[[0, 0]];
    assert!((0.1..0.7).contains(&scale), "{scale}");
}
