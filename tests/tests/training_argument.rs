//! `training = true` and `training = false` at the use of a layer.

use formwork::prelude::*;
use ndarray::{Array2, array};

fn numbers(rows: usize, width: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, width), |(i, j)| ((i * 31 + j * 7) % 11) as f32 / 5.0 - 1.0)
}

model!(
    fn Uncertain(x: Input<64>) -> Output<64> {
        Dropout(0.5)(x, training = true)
    }
);

#[test]
fn dropout_that_trains_draws_anew_for_each_batch_of_predictions() {
    let x = Array2::from_elem((40, 64), 1.0f32);
    let model = Uncertain::new(3);
    let predict = |model: &Uncertain| model.predict(UncertainInputs { x: &x }).unwrap().output;
    let (first, second) = (predict(&model), predict(&model));
    assert!(first.iter().all(|y| *y == 0.0 || *y == 2.0), "{first}");
    let kept = first.iter().filter(|y| **y > 0.0).count();
    assert!((1100..1500).contains(&kept), "{kept} of 2560");
    assert_ne!(first, second);
    assert_ne!(first.row(0), first.row(32), "the second batch of 32 has the numbers of the first");
    assert_eq!(first, predict(&Uncertain::new(3)), "the same seed draws the same numbers");
}

model!(
    fn Shared(x: Input<8>) -> Outputs<sure = Output<8>, unsure = Output<8>> {
        let dropout = Dropout(0.5);
        Outputs { sure: dropout(x), unsure: dropout(x, training = true) }
    }
);

#[test]
fn a_use_of_a_shared_layer_speaks_for_itself() {
    let x = numbers(2, 8);
    let y = Shared::new(1).predict(SharedInputs { x: &x }).unwrap();
    assert_eq!(y.sure, x);
    assert_ne!(y.unsure, x);
}

model!(
    fn Plain(x: Input<6>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Still(x: Input<6>) -> Output<1> {
        let h = GaussianNoise(0.5)(Dropout(0.9)(x, training = false), training = false);
        Dense(1)(h)
    }
);

#[test]
fn dropout_that_does_not_train_changes_nothing() {
    let (x, y) = (numbers(8, 6), numbers(8, 1));
    let mut plain = Plain::new(5).compile(SGD::new(0.1), MeanSquaredError::new());
    let mut still = Still::new(5).compile(SGD::new(0.1), MeanSquaredError::new());
    for _ in 0..3 {
        let a = plain.train_on_batch(PlainInputs { x: &x }, PlainTargets { output: &y }).unwrap().loss;
        let b = still.train_on_batch(StillInputs { x: &x }, StillTargets { output: &y }).unwrap().loss;
        assert_eq!(a, b);
    }
}

model!(
    fn Base(x: Input<4>) -> Output<4> {
        let h = Dropout(0.5)(Dense(4, activation = relu, name = features)(x));
        BatchNormalization(name = normalized)(h)
    }
);

model!(
    fn Transfer(x: Input<4>) -> Output<1> {
        Dense(1)(Base(name = base)(x, training = false))
    }
);

#[test]
fn a_base_that_does_not_train_keeps_its_statistics_and_learns_its_weights() {
    let (x, y) = (numbers(16, 4), numbers(16, 1));
    let mut model = Transfer::new(2).compile(SGD::new(0.05), MeanSquaredError::new());
    let before = model.base.clone();
    let mut train = || model.train_on_batch(TransferInputs { x: &x }, TransferTargets { output: &y }).unwrap().loss;
    let first = train();
    let last = (0..50).map(|_| train()).last().unwrap();
    assert!(last < first, "{first} -> {last}");
    let base = &model.base;
    assert_eq!(base.normalized.moving_mean(), before.normalized.moving_mean());
    assert_eq!(base.normalized.moving_variance(), before.normalized.moving_variance());
    assert_ne!(base.features.kernel(), before.features.kernel());
    assert_ne!(base.normalized.beta(), before.normalized.beta());
    // The loss of training is that of a prediction.
    let predicted = model.test_on_batch(TransferInputs { x: &x }, TransferTargets { output: &y }).unwrap().loss;
    let trained = model.train_on_batch(TransferInputs { x: &x }, TransferTargets { output: &y }).unwrap().loss;
    assert!((predicted - trained).abs() < 1e-6, "{predicted} {trained}");
}

model!(
    fn Batch(x: Input<1>) -> Output<1> {
        BatchNormalization(epsilon = 1e-12)(x, training = true)
    }
);

#[test]
fn a_normalization_that_trains_predicts_from_the_statistics_of_the_batch() {
    let model = Batch::new(0);
    let y = model.predict(BatchInputs { x: &array![[1.0f32], [3.0]] }).unwrap().output;
    assert!((y[[0, 0]] + 1.0).abs() < 1e-5 && (y[[1, 0]] - 1.0).abs() < 1e-5, "{y}");
    assert_eq!(model.batch_normalization.moving_mean(), array![0.0f32]);
}

model!(
    fn Chain(x: Input<64>) -> Output<64> {
        let blocks = Sequential([GaussianDropout(0.3), Dropout(0.5)]);
        blocks(x, training = true)
    }
);

#[test]
fn every_layer_of_a_chain_is_told() {
    let x = Array2::from_elem((4, 64), 1.0f32);
    let y = Chain::new(3).predict(ChainInputs { x: &x }).unwrap().output;
    assert!(y.iter().any(|y| *y == 0.0), "the last layer trains");
    assert!(y.iter().any(|y| *y != 0.0 && *y != 2.0), "the first layer trains");
}

model!(
    fn Noisy(x: Input<4>) -> Outputs<noise = Output<64>, normal = Output<4>> {
        let normal = BatchNormalization(epsilon = 1e-12, name = normalized)(Dense(4, name = features)(x));
        let noise = Dropout(0.5)(Dense(64, use_bias = false, kernel_initializer = ones)(x));
        Outputs { noise, normal }
    }
);

model!(
    fn Asked(x: Input<4>) -> Outputs<noise = Output<64>, normal = Output<4>> {
        let (noise, normal) = Noisy(name = base)(x, training = true);
        Outputs { noise, normal }
    }
);

model!(
    fn Steps(x: Input<3, 4>) -> Outputs<noise = Output<3, 64>, normal = Output<3, 4>> {
        let (noise, normal) = TimeDistributed(Noisy())(x, training = true);
        Outputs { noise, normal }
    }
);

#[test]
fn a_model_that_trains_at_a_prediction_draws_and_takes_the_batch_but_learns_nothing() {
    let x = Array2::from_shape_fn((40, 4), |(i, j)| 1.0 + ((i * 31 + j * 7) % 11) as f32 / 5.0);
    let model = Asked::new(3);
    let before = model.base.clone();
    let predict = |model: &Asked| model.predict_in_batches(AskedInputs { x: &x }, 40).unwrap();
    let (first, second) = (predict(&model), predict(&model));
    let dropped = first.noise.iter().filter(|y| **y == 0.0).count();
    assert!((1100..1500).contains(&dropped), "{dropped} of 2560");
    assert_ne!(first.noise, second.noise);
    assert_eq!(first.normal, second.normal);
    for mean in first.normal.mean_axis(ndarray::Axis(0)).unwrap() {
        assert!(mean.abs() < 1e-4, "the statistics are those of the batch: {}", first.normal);
    }
    assert_eq!(model.base.normalized.moving_mean(), before.normalized.moving_mean());
    assert_eq!(model.base.features.kernel(), before.features.kernel());
    assert_eq!(predict(&Asked::new(3)).noise, first.noise, "the same seed draws the same numbers");
}

#[test]
fn a_model_that_trains_at_every_step_of_a_prediction() {
    let x = ndarray::Array3::from_shape_fn((5, 3, 4), |(i, j, k)| 1.0 + ((i * 31 + j * 7 + k * 3) % 11) as f32 / 5.0);
    let y = Steps::new(3).predict(StepsInputs { x: &x }).unwrap();
    let dropped = y.noise.iter().filter(|y| **y == 0.0).count();
    assert!((380..580).contains(&dropped), "{dropped} of 960");
    let mean = y.normal.mean_axis(ndarray::Axis(0)).unwrap().mean_axis(ndarray::Axis(0)).unwrap();
    assert!(mean.iter().all(|mean| mean.abs() < 1e-4), "the statistics are those of all steps: {mean}");
}
