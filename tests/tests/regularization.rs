//! Regularizers, constraints and frozen layers: what they add to the loss and its gradient, and what a step leaves.

use formwork::prelude::*;
use ndarray::{Array2, Axis, Ix2, Ix3};

model!(
    fn Penalized(x: Input<3>) -> Output<2> {
        let hidden = Dense(
            4,
            activation = tanh,
            kernel_regularizer = L1L2(l1 = 0.02, l2 = 0.03),
            bias_regularizer = l2,
            activity_regularizer = L2(0.05),
        )(x);
        Dense(2, kernel_regularizer = OrthogonalRegularizer(0.1, mode = columns))(hidden)
    }
);

model!(
    fn Plain(x: Input<3>) -> Outputs<hidden = Output<4>, output = Output<2>> {
        let hidden = Dense(4, activation = tanh)(x);
        Outputs { output: Dense(2)(hidden), hidden }
    }
);

model!(
    fn Unbiased(x: Input<3>) -> Output<2> {
        let free = Dense(4, use_bias = false, bias_regularizer = L2(0.5), bias_constraint = NonNeg());
        Dense(2)(free(x))
    }
);

model!(
    fn Depthwise(x: Input<5, 3>) -> Output<4, 3> {
        DepthwiseConv1D(2, use_bias = false, depthwise_regularizer = L2(0.5))(x)
    }
);

#[test]
fn what_is_said_of_a_bias_that_is_not_there_is_not_said_of_the_kernel() {
    fn penalized(model: &impl Parameters<f32>) -> bool {
        let mut found = false;
        model.visit("", &mut |_, variable| found |= variable.regularizer().is_some());
        found
    }
    assert!(!penalized(&Unbiased::new(1)));
    assert!(penalized(&Depthwise::new(1)));
}

fn x(rows: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, 3), |(i, j)| ((i * 5 + j * 3) % 7) as f64 / 3.0 - 1.0)
}

fn y(rows: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, 2), |(i, j)| ((i * 3 + j * 2) % 5) as f64 / 2.0 - 1.0)
}

fn squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}

#[test]
fn penalties_are_part_of_every_loss() -> Result<()> {
    let (x, y) = (x(5), y(5));
    let mut model = Penalized::<f64>::seeded(3);
    model.hidden.bias_mut().unwrap().fill(0.25);
    let mut plain = Plain::<f64>::seeded(3);
    plain.hidden.bias_mut().unwrap().fill(0.25);
    let outputs = plain.predict(PlainInputs { x: &x })?;
    let mse = (&outputs.output - &y).mapv(|d| d * d).mean().unwrap();
    let kernel: Vec<f64> = plain.hidden.kernel().iter().copied().collect();
    let last = plain.output.kernel().to_owned();
    let (a, b) = (last.index_axis(Axis(1), 0), last.index_axis(Axis(1), 1));
    let cosine = a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt();
    let expected = mse
        + 0.02 * kernel.iter().map(|w| w.abs()).sum::<f64>()
        + 0.03 * squares(&kernel)
        + 0.01 * 4.0 * 0.25 * 0.25
        + 0.05 * squares(outputs.hidden.as_slice().unwrap()) / 5.0
        + 0.1 * cosine.abs();
    let (loss, _) =
        model.gradients(PenalizedInputs { x: &x }, &PenalizedTargets { output: &y }, &MeanSquaredError::new())?;
    assert!((loss - expected).abs() < 1e-12, "{loss} {expected}");
    let mut compiled = model.compile(SGD::new(0.1), MeanSquaredError::new());
    let targets = PenalizedTargets { output: &y };
    let tested = compiled.test_on_batch(PenalizedInputs { x: &x }, targets)?.loss;
    assert!((tested - expected).abs() < 1e-12);
    let trained = compiled.train_on_batch(PenalizedInputs { x: &x }, targets)?.loss;
    assert!((trained - expected).abs() < 1e-12);
    Ok(())
}

#[test]
fn gradients_are_slopes_of_the_whole_loss() -> Result<()> {
    let (x, y) = (x(5), y(5));
    let mut model = Penalized::<f64>::seeded(3);
    let loss = |model: &mut Penalized<f64>| {
        let targets = PenalizedTargets { output: &y };
        model.gradients(PenalizedInputs { x: &x }, &targets, &MeanSquaredError::new())
    };
    let (_, gradient) = loss(&mut model)?;
    let mut at = 0;
    for variable in 0..4 {
        let step = |model: &mut Penalized<f64>, k: usize, by: f64| {
            let (mut seen, mut len) = (0, 0);
            model.visit_mut("", &mut |_, w| {
                if seen == variable {
                    len = w.data().len();
                    w.data_mut()[k % len] += by;
                }
                seen += 1;
            });
            len
        };
        let len = step(&mut model, 0, 0.0);
        for k in 0..len {
            step(&mut model, k, 1e-6);
            let above = loss(&mut model)?.0;
            step(&mut model, k, -2e-6);
            let below = loss(&mut model)?.0;
            step(&mut model, k, 1e-6);
            let (slope, g) = ((above - below) / 2e-6, gradient.as_slice()[at + k]);
            assert!((slope - g).abs() < 1e-7, "variable {variable}, {k}: {slope} {g}");
        }
        at += len;
    }
    assert_eq!(at, gradient.as_slice().len());
    Ok(())
}

model!(
    fn Kept(x: Input<3>) -> Output<2> {
        let hidden = Dense(4, kernel_constraint = MaxNorm(0.5), bias_constraint = non_neg)(x);
        Dense(2, kernel_constraint = UnitNorm(axis = (0, 1)))(hidden)
    }
);

#[test]
fn constraints_hold_after_each_step() -> Result<()> {
    let (x, y) = (x(5), y(5));
    let mut model = Kept::<f64>::seeded(3).compile(Adam::new(0.3), MeanSquaredError::new());
    for _ in 0..5 {
        model.train_on_batch(KeptInputs { x: &x }, KeptTargets { output: &y })?;
        for unit in model.hidden.kernel().axis_iter(Axis(1)) {
            assert!(unit.dot(&unit).sqrt() <= 0.5);
        }
        assert!(model.hidden.bias().unwrap().iter().all(|b| *b >= 0.0));
        let norm = squares(model.dense.kernel().as_slice().unwrap()).sqrt();
        assert!((norm - 1.0).abs() < 1e-6);
    }
    Ok(())
}

model!(
    fn Frozen(x: Input<3>) -> Output<2> {
        let first = Dense(4, trainable = false, kernel_regularizer = L2(0.5))(x);
        let norm = BatchNormalization()(first);
        let second = Dense(4, activation = tanh)(norm);
        Dense(2)(second)
    }
);

#[test]
fn frozen_layers_stay_as_they_are() -> Result<()> {
    let (x, y) = (x(6), y(6));
    assert_eq!(Frozen::<f64>::TRAINABLE_PARAMS, 8 + 20 + 10);
    let mut model = Frozen::<f64>::seeded(1);
    model.norm.set_trainable(false);
    model.second.set_trainable(false);
    let summary = model.summary();
    assert_eq!((summary.trainable_params(), summary.non_trainable_params()), (10, 16 + 16 + 20));
    let before = model.clone();
    let mut model = model.compile(AdamW::new(0.1), MeanSquaredError::new());
    let plain = model.test_on_batch(FrozenInputs { x: &x }, FrozenTargets { output: &y })?.loss;
    let first = model.train_on_batch(FrozenInputs { x: &x }, FrozenTargets { output: &y })?.loss;
    // A frozen weight adds no penalty, and a frozen normalization takes its moving statistics in training too.
    assert!((plain - first).abs() < 1e-12);
    for _ in 0..20 {
        model.train_on_batch(FrozenInputs { x: &x }, FrozenTargets { output: &y })?;
    }
    assert_eq!(model.first.kernel(), before.first.kernel());
    assert_eq!(model.second.kernel(), before.second.kernel());
    assert_eq!(model.norm.gamma(), before.norm.gamma());
    assert_eq!(model.norm.moving_mean(), before.norm.moving_mean());
    assert!(model.dense.kernel() != before.dense.kernel());
    let last = model.test_on_batch(FrozenInputs { x: &x }, FrozenTargets { output: &y })?.loss;
    assert!(last < first);

    model.norm.set_trainable(true);
    model.second.set_trainable(true);
    model.train_on_batch(FrozenInputs { x: &x }, FrozenTargets { output: &y })?;
    assert!(model.second.kernel() != before.second.kernel());
    assert!(model.norm.moving_mean() != before.norm.moving_mean());
    assert_eq!(model.first.kernel(), before.first.kernel());
    Ok(())
}

model!(
    fn Tuned(x: Input<3>) -> Output<1> {
        let encoder = Penalized()(x);
        Dense(1)(encoder)
    }
);

#[test]
fn nested_models_bring_their_penalties_and_can_be_frozen() -> Result<()> {
    let (x, y) = (x(5), y(5).slice_move(ndarray::s![.., ..1]));
    let mut model = Tuned::<f64>::seeded(2);
    let inputs = TunedInputs { x: &x };
    let (loss, _) = model.gradients(inputs, &TunedTargets { output: &y }, &MeanSquaredError::new())?;
    let mse = (model.predict(inputs)?.output - &y).mapv(|d| d * d).mean().unwrap();
    assert!(loss > mse + 1e-3, "{loss} {mse}");
    model.encoder.set_trainable(false);
    let before = model.clone();
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new());
    model.train_on_batch(inputs, TunedTargets { output: &y })?;
    assert_eq!(model.encoder.hidden.kernel(), before.encoder.hidden.kernel());
    assert!(model.dense.kernel() != before.dense.kernel());
    Ok(())
}

model!(
    fn Everywhere(ids: Input<5, u32>, image: Input<6, 6, 2>) -> Output<3> {
        let h = Embedding(7, 4, embeddings_regularizer = L2(0.1), embeddings_constraint = non_neg)(ids);
        let h = Bidirectional(LSTM(2, recurrent_regularizer = L2(0.1), kernel_constraint = max_norm))(h);
        let g = DepthwiseConv2D(3, depthwise_regularizer = l1, bias_regularizer = l1)(image);
        let g = SeparableConv2D(3, 2, pointwise_regularizer = l1, depthwise_constraint = unit_norm)(g);
        let g = BatchNormalization(gamma_regularizer = l2, beta_constraint = NonNeg())(g);
        let g = GlobalAveragePooling2D()(g);
        let h = PReLU(alpha_regularizer = L1(0.2))(Dense(3)(h));
        let h = TimeDistributed(Dense(3, kernel_regularizer = L2(0.1)))(Reshape((1, 3))(h));
        Flatten()(h) + g
    }
);

#[test]
fn keras_arguments_find_their_weights() {
    let model = Everywhere::<f32>::seeded(1);
    let (mut penalized, mut kept) = (Vec::new(), Vec::new());
    model.visit("", &mut |path, variable| {
        if variable.regularizer().is_some() {
            penalized.push(path.to_string());
        }
        if variable.constraint().is_some() {
            kept.push(path.to_string());
        }
    });
    penalized.sort();
    kept.sort();
    assert_eq!(
        penalized,
        [
            "batch_normalization/gamma",
            "bidirectional/backward_recurrent_kernel",
            "bidirectional/forward_recurrent_kernel",
            "depthwise_conv2d/bias",
            "depthwise_conv2d/kernel",
            "embedding/embeddings",
            "p_re_lu/alpha",
            "separable_conv2d/pointwise_kernel",
            "time_distributed/kernel",
        ]
    );
    assert_eq!(
        kept,
        [
            "batch_normalization/beta",
            "bidirectional/backward_kernel",
            "bidirectional/forward_kernel",
            "embedding/embeddings",
            "separable_conv2d/depthwise_kernel",
        ]
    );
}

model!(
    fn Drawn(x: Input<40>) -> Output<30> {
        let a = Dense(50, kernel_initializer = TruncatedNormal(stddev = 0.02, seed = 5))(x);
        let b = Dense(40, kernel_initializer = VarianceScaling(2.0, mode = fan_out, distribution = uniform))(a);
        let c = Dense(30, kernel_initializer = variance_scaling, bias_initializer = Constant(0.5))(b);
        c
    }
);

#[test]
fn initializers_take_arguments_and_seeds() {
    let (one, two) = (Drawn::<f64>::seeded(1), Drawn::<f64>::seeded(2));
    assert_eq!(one.a.kernel(), two.a.kernel(), "a seed of its own");
    assert!(one.b.kernel() != two.b.kernel());
    let deviation = |w: ndarray::ArrayView2<'_, f64>| (squares(w.as_slice().unwrap()) / w.len() as f64).sqrt();
    assert!(one.a.kernel().iter().all(|w| w.abs() <= 0.04));
    assert!((deviation(one.a.kernel()) - 0.02 * 0.88).abs() < 0.002);
    let limit = (3.0 * 2.0 / 40.0_f64).sqrt();
    assert!(one.b.kernel().iter().all(|w| w.abs() <= limit));
    assert!(one.b.kernel().iter().any(|w| w.abs() > 0.95 * limit));
    assert!((deviation(one.c.kernel()) - (1.0 / 40.0_f64).sqrt()).abs() < 0.01);
    assert!(one.c.bias().unwrap().iter().all(|b| *b == 0.5));
}

model!(
    /// The second layer draws the numbers of its own seed, whatever the seed of the model.
    fn Seeded(x: Input<64>) -> Outputs<free = Output<64>, seeded = Output<64>> {
        Outputs { free: Dropout(0.5)(x), seeded: Dropout(0.5, seed = 3)(x) }
    }
);

#[test]
fn a_layer_may_have_a_seed_of_its_own() -> Result<()> {
    let x = Array2::<f64>::ones((4, 64));
    let outputs = |seed: u64| {
        let mut model = Seeded::<f64>::seeded(seed);
        model.record(SeededInputs { x: &x }).map(|mut tape| tape.outputs())
    };
    let (first, second) = (outputs(1)?, outputs(2)?);
    assert_eq!(first.seeded, second.seeded);
    assert_ne!(first.free, second.free);
    assert_ne!(first.seeded, x);
    Ok(())
}

/// Losses multiplied by a power of 2, and gradients divided by it: penalties of weights and of activities come out as they
/// went in.
#[test]
fn a_scaled_loss_teaches_the_same_with_penalties() -> Result<()> {
    fn taught<O: Optimizer<f64>>(optimizer: O) -> Result<(Penalized<f64>, History)> {
        let (x, y) = (x(12), y(12));
        let data = Dataset::from_arrays(PenalizedInputs { x: &x }, PenalizedTargets { output: &y })?;
        let mut model = Penalized::<f64>::seeded(3).compile(optimizer, MeanSquaredError::new());
        let history = model.fit(&data.shuffle(12, 5).batch(5), Fit::epochs(4))?;
        Ok((model.into_model(), history))
    }
    let (expected, losses) = taught(Adam::new(0.05).gradient_accumulation_steps(2))?;
    let scaled = taught(Adam::new(0.05).gradient_accumulation_steps(2).loss_scale_factor(1024.0))?;
    let dynamic = taught(
        LossScaleOptimizer::new(Adam::new(0.05).gradient_accumulation_steps(2))
            .initial_scale(256.0)
            .dynamic_growth_steps(3),
    )?;
    for (model, history) in [scaled, dynamic] {
        assert_eq!(model.hidden.kernel(), expected.hidden.kernel());
        assert_eq!(model.hidden.bias(), expected.hidden.bias());
        assert_eq!(model.dense.kernel(), expected.dense.kernel());
        assert_eq!(history.metric("loss"), losses.metric("loss"));
    }
    // A factor that is no power of 2 rounds, and no more.
    let (near, _) = taught(Adam::new(0.05).gradient_accumulation_steps(2).loss_scale_factor(1000.0))?;
    let difference = &near.hidden.kernel().to_owned() - &expected.hidden.kernel();
    assert!(difference.iter().all(|d| d.abs() < 1e-9), "{difference}");
    // The penalties are large enough to be missed.
    let (unlike, _) = taught(Adam::new(0.05))?;
    assert_ne!(unlike.hidden.kernel(), expected.hidden.kernel());
    Ok(())
}

model!(
    fn OfLayer(x: Input<3>) -> Output<2> {
        let h = ActivityRegularization(l1 = 0.02, l2 = 0.03)(Dense(4, activation = tanh)(x));
        Dense(2)(h)
    }
);

model!(
    fn OfArgument(x: Input<3>) -> Output<2> {
        let h = Dense(
            4,
            activation = tanh,
            kernel_regularizer = L1L2(0.02, 0.03),
            bias_regularizer = L2(0.01),
            activity_regularizer = L2(0.05),
        )(x);
        Dense(2, kernel_regularizer = OrthogonalRegularizer(0.1, mode = columns))(h)
    }
);

model!(
    fn OfSeries(x: Input<6, 2>) -> Output<2> {
        let h = Conv1D(3, 2, activation = relu, kernel_regularizer = L1(0.02), activity_regularizer = L1(0.1))(x);
        GRU(2, activity_regularizer = L1L2(0.03, 0.04), recurrent_regularizer = L2(0.02))(h)
    }
);

model!(
    fn OfShared(a: Input<4>, b: Input<4>) -> Output<3> {
        let dense = Dense(3, activation = relu, activity_regularizer = L1(0.06));
        dense(a) - dense(b)
    }
);

/// An array of `tests/golden/penalties.json`.
fn array<D: ndarray::Dimension>(value: &serde_json::Value) -> ndarray::Array<f32, D> {
    let list = |key: &str| value[key].as_array().expect("a list").iter();
    let shape: Vec<usize> = list("shape").map(|n| n.as_u64().expect("a number") as usize).collect();
    let data = list("data").map(|x| x.as_f64().expect("a number") as f32).collect();
    ndarray::ArrayD::from_shape_vec(shape, data).expect("as many numbers").into_dimensionality().expect("its rank")
}

#[test]
fn losses_and_gradients_with_penalties_are_those_of_keras() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/penalties.json");
    let text = std::fs::read_to_string(path).expect("it is in the repository");
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("it was written by json");
    let same = |id: &str, got: &[f32], want: &[&serde_json::Value]| {
        let want: Vec<f32> = want.iter().flat_map(|want| array::<ndarray::IxDyn>(want)).collect();
        assert_eq!(got.len(), want.len(), "{id}");
        for (a, b) in got.iter().zip(&want) {
            assert!((a - b).abs() <= 1e-5 + 1e-5 * b.abs(), "{id}: {a}, but Keras has {b}");
        }
    };
    macro_rules! check {
        ($id:literal, $model:ident, $inputs:ident { $($x:ident: $rank:ident),* }, $targets:ident) => {{
            let case = cases.iter().find(|case| case["id"] == $id).expect("it is there");
            let list = |key: &str| -> Vec<&serde_json::Value> { case[key].as_array().expect("a list").iter().collect() };
            let mut model = $model::new(1);
            let mut weights = list("weights").into_iter();
            model.visit_mut("", &mut |_, variable| {
                let weight = array::<ndarray::IxDyn>(weights.next().expect("as many as the model has"));
                assert_eq!(variable.shape(), weight.shape());
                variable.data_mut().copy_from_slice(weight.as_slice().expect("it is whole"));
            });
            assert!(weights.next().is_none());
            let mut given = list("inputs").into_iter();
            $(let $x = array::<$rank>(given.next().expect("an input"));)*
            let target: Array2<f32> = array(&case["target"]);
            let tape = model.record($inputs { $($x: &$x),* })?;
            let (loss, back) = tape.gradients(&$targets { output: &target }, &MeanSquaredError::new())?;
            same($id, &[loss as f32], &[&serde_json::json!({ "shape": [1], "data": [case["loss"]] })]);
            same($id, back.weights.as_slice(), &list("weight_grads"));
            let gradients = [$(back.inputs.$x),*].map(|gradient| gradient.into_iter().collect::<Vec<f32>>());
            same($id, &gradients.concat(), &list("input_grads"));
        }};
    }
    check!("layer", OfLayer, OfLayerInputs { x: Ix2 }, OfLayerTargets);
    check!("argument", OfArgument, OfArgumentInputs { x: Ix2 }, OfArgumentTargets);
    check!("series", OfSeries, OfSeriesInputs { x: Ix3 }, OfSeriesTargets);
    check!("shared", OfShared, OfSharedInputs { a: Ix2, b: Ix2 }, OfSharedTargets);
    Ok(())
}
