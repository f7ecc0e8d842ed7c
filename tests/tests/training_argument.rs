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
