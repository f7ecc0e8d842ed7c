//! Freezing layers leaves the gradients of all others as they were, to the last bit.

use formwork::prelude::*;
use formwork::weights::{Parameters, Variable};
use ndarray::{Array, Array2, Array4, Dimension, ShapeBuilder};

const ROWS: usize = 3;

model!(
    fn Inner(x: Input<6>, y: Input<4>) -> Outputs<sum = Output<4>, own = Output<2>> {
        let own = Dense(2, activation = tanh, name = own_dense)(y);
        let sum = Dense(4, name = of_x)(x) + y;
        Outputs { sum, own }
    }
);

model!(
    fn Many(
        image: Input<8, 8, 2>,
        ids: Input<3, u32>,
        aux: Input<6>,
    ) -> Outputs<a = Output<4>, b = Output<9>, c = Output<2>> {
        // What is computed together, and what depends on no weights at all.
        let h = Conv2D(4, 3, activation = relu, name = conv)(Rescaling(0.5)(image));
        let h = MaxPooling2D(2)(h);
        let h = SeparableConv2D(4, 2, name = separable)(h);
        let flat = Flatten()(Reshape((4, 4))(h));
        // Two uses of one layer, and twice the same input.
        let twice = Dense(6, activation = gelu);
        let left = twice(aux);
        let right = twice(left * left);
        let narrow = Dense(6, name = narrow)(flat);
        // A sequence.
        let e = Embedding(7, 4, name = embedding)(ids);
        let e = LSTM(4, return_sequences = true, name = lstm)(e);
        let e = MultiHeadAttention(2, 2, name = attention)(e, e);
        let e = GRU(4, name = gru)(EinsumDense("abc,cd->abd", (3, 4), name = einsum)(e));
        // A nested model, whose outputs go different ways, and parts of a tensor of which one is read.
        let (sum, own) = Inner(name = nested)(narrow + right, e);
        let (used, _) = split(left, 2);
        let column = Reshape((3, 1))(used);
        let b = concatenate(used, Flatten()(column), Flatten()(Reshape((1, 3))(column)));
        Outputs { a: sum, b, c: own }
    }
);

fn numbers<S: ShapeBuilder<Dim = D>, D: Dimension>(shape: S, seed: usize) -> Array<f64, D> {
    let mut state = seed as u64 + 1;
    Array::from_shape_simple_fn(shape, || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 23) - 1.0
    })
}

/// The layers of the model, those of the nested one apart.
const LAYERS: [&str; 10] = [
    "conv/",
    "separable/",
    "twice/",
    "narrow/",
    "embedding/",
    "lstm/",
    "attention/",
    "einsum/",
    "gru/",
    "nested/own_dense/",
];

/// A variable: its path, whether it is trained, and its numbers.
type Weight = (String, bool, Vec<f64>);

fn weights(model: &dyn Parameters<f64>) -> Vec<Weight> {
    let mut weights = Vec::new();
    let note = &mut |path: &str, variable: &Variable<f64>| {
        weights.push((path.to_string(), variable.trainable(), variable.data().to_vec()));
    };
    model.visit("", note);
    weights
}

/// The weights before and after one step, in which the layers of `frozen`, a bit each, stay as they are; and the gradients
/// that are asked for together with those of the inputs, which depend on everything.
fn step(frozen: usize) -> Result<(Vec<Weight>, Vec<Weight>, Gradients<f64>)> {
    let mut model = Many::<f64>::seeded(5);
    model.visit_mut("", &mut |path, variable| {
        let of = LAYERS.iter().position(|layer| path.starts_with(layer)).unwrap_or(LAYERS.len());
        variable.set_trainable(frozen >> of & 1 == 0);
    });
    let (image, aux): (Array4<f64>, Array2<f64>) = (numbers((ROWS, 8, 8, 2), 1), numbers((ROWS, 6), 2));
    let ids = Array2::from_shape_fn((ROWS, 3), |(row, place)| ((row * 3 + place) % 7) as u32);
    let (a, b, c) = (numbers((ROWS, 4), 3), numbers((ROWS, 9), 4), numbers((ROWS, 2), 5));
    let inputs = ManyInputs { image: &image, ids: &ids, aux: &aux };
    let targets = ManyTargets { a: &a, b: &b, c: &c };
    let mse = MeanSquaredError::new;
    let losses = ManyLosses { a: mse(), b: mse(), c: mse() };
    // A copy, so that none of its memory is found by the step.
    let (_, back) = model.clone().record(inputs)?.gradients(&targets, &losses)?;
    let before = weights(&model);
    let mut trained = model.compile(SGD::new(0.1), losses);
    trained.train_on_batch(inputs, targets)?;
    Ok((before, weights(&trained), back.weights))
}

#[test]
fn other_layers_get_the_same_gradients() -> Result<()> {
    let (before, all, gradients) = step(0)?;
    for ((path, _, moved), (_, _, former)) in all.iter().zip(&before) {
        let gradient = gradients.get(path).expect("each variable has a gradient");
        assert!(gradient.iter().any(|g| *g != 0.0), "{path}");
        for ((moved, former), gradient) in moved.iter().zip(former).zip(&gradient) {
            assert!((former - 0.1 * gradient - moved).abs() < 1e-12, "{path}");
        }
    }
    let last = 1 << (LAYERS.len() + 1);
    // Every layer alone, every layer alone left, and many sets between.
    let alone = (0..=LAYERS.len()).flat_map(|layer| [1 << layer, last - 1 - (1 << layer)]);
    for frozen in alone.chain((0..last).step_by(37)) {
        for (((path, trainable, data), moved), former) in step(frozen)?.1.iter().zip(&all).zip(&before) {
            let expected = if *trainable { &moved.2 } else { &former.2 };
            assert_eq!(data, expected, "{path} with {frozen:b} frozen");
        }
    }
    Ok(())
}

model!(
    fn Recurring(x: Input<4, 3>) -> Output<2> {
        Dense(2, name = last)(LSTM(3)(TimeDistributed(Dense(3), name = first)(x)))
    }
);

#[test]
fn gradients_of_frozen_layers_are_zero() -> Result<()> {
    let mut model = Recurring::<f64>::seeded(2);
    model.lstm.set_trainable(false);
    let x = numbers((ROWS, 4, 3), 1);
    let output = numbers((ROWS, 2), 2);
    let back = model.record(RecurringInputs { x: &x })?.backward(&RecurringOutputs { output })?;
    let all = |path: &str, wanted: fn(f64) -> bool| {
        back.weights.get(path).is_some_and(|gradient| gradient.iter().all(|g| wanted(*g)))
    };
    assert!(all("lstm/kernel", |g| g == 0.0) && all("first/kernel", |g| g != 0.0) && all("last/kernel", |g| g != 0.0));
    // The gradient of an input goes through frozen layers.
    assert!(back.inputs.x.iter().all(|g| *g != 0.0));
    Ok(())
}

model!(
    fn Base(image: Input<6, 6, 2>) -> Output<3> {
        let h = relu(BatchNormalization()(Conv2D(4, 3)(image)));
        let h = Dropout(0.5)(MaxPooling2D(2)(h));
        Dense(3, activation = tanh)(Flatten()(h))
    }
);

model!(
    fn OnBase(image: Input<6, 6, 2>) -> Output<2> {
        let features = Base(name = base)(image, training = false);
        Dense(2, name = head)(features)
    }
);

model!(
    fn BehindBase(image: Input<6, 6, 2>) -> Output<2> {
        let image = Conv2D(2, 1, name = first)(image);
        let features = Base(name = base)(image, training = false);
        Dense(2, name = head)(features)
    }
);

/// A frozen base computes the same whether a way back through it is kept or not, and lets through what is wanted before it.
#[test]
fn a_frozen_base_is_computed_as_in_predictions() -> Result<()> {
    let (image, y): (Array4<f64>, Array2<f64>) = (numbers((ROWS, 6, 6, 2), 1), numbers((ROWS, 2), 2));
    macro_rules! check {
        ($model:ident, $inputs:ident, $targets:ident) => {{
            let mut model = $model::<f64>::seeded(3);
            model.base.set_trainable(false);
            let (inputs, targets) = ($inputs { image: &image }, $targets { output: &y });
            let (kept, back) = model.clone().record(inputs)?.gradients(&targets, &MeanSquaredError::new())?;
            let before = weights(&model);
            let mut trained = model.compile(SGD::new(0.1), MeanSquaredError::new());
            let loss = trained.train_on_batch(inputs, targets)?.loss;
            assert!((loss - kept).abs() < 1e-12, "{loss} {kept}");
            for ((path, trainable, moved), (_, _, former)) in weights(&trained).iter().zip(&before) {
                assert_eq!(*trainable, moved != former, "{path}");
                let Some(gradient) = back.weights.get(path) else { continue };
                for ((moved, former), gradient) in moved.iter().zip(former).zip(&gradient) {
                    assert!((former - 0.1 * gradient - moved).abs() < 1e-12, "{path}");
                }
            }
        }};
    }
    check!(OnBase, OnBaseInputs, OnBaseTargets);
    check!(BehindBase, BehindBaseInputs, BehindBaseTargets);
    Ok(())
}
