//! From sequences and images to vectors, and attention made of operations.

use formwork::prelude::*;
use formwork_tests::{Samples, ids, numbers, slopes_agree};
use ndarray::{Array3, Array4, Axis};

model!(
    fn Flattened(x: Input<10, 20>) -> Output<10> {
        Sequential([LSTM(32, return_sequences = true), Flatten(), Dense(10)])(x)
    }
);

model!(
    fn Last(x: Input<10, 20>) -> Output<10> {
        Sequential([LSTM(32), Dense(10)])(x)
    }
);

model!(
    fn Gated(x: Input<10, 20>) -> Output<10> {
        Dense(10)(GlobalAveragePooling1D()(GRU(32, return_sequences = true)(x)))
    }
);

model!(
    fn ConvModel(image: Input<64, 64, 3>) -> Output<14, 14, 64> {
        let h = MaxPooling2D((2, 2))(Conv2D(32, (3, 3), activation = relu)(image));
        MaxPooling2D((2, 2))(Conv2D(64, (3, 3), activation = relu)(h))
    }
);

model!(
    fn FlatModel(image: Input<64, 64, 3>) -> Output<10> {
        Dense(10)(Flatten()(ConvModel()(image)))
    }
);

model!(
    fn PoolingModel(image: Input<64, 64, 3>) -> Output<64> {
        GlobalAveragePooling2D()(ConvModel()(image))
    }
);

#[test]
fn the_numbers_of_parameters() {
    assert_eq!(Flattened::<f32>::PARAMS, 9_994);
    assert_eq!(Last::<f32>::PARAMS, 7_114);
    assert_eq!(FlatModel::<f32>::PARAMS, 144_842);
    assert_eq!(PoolingModel::<f32>::PARAMS, ConvModel::<f32>::PARAMS);
}

macro_rules! learns {
    ($($test:ident: $model:ident $inputs:ident { $input:ident } $targets:ident $x:expr;)*) => { $(
        #[test]
        fn $test() -> Result<()> {
            let x = $x;
            let labels = ids(2, x.dim().0, 10);
            let loss = SparseCategoricalCrossentropy::from_logits();
            let mut model = $model::new(1).compile(Adam::new(1e-3), loss);
            let mut step = || model.train_on_batch($inputs { $input: &x }, $targets { output: &labels });
            let first = step()?.loss;
            for _ in 0..4 {
                step()?;
            }
            let last = step()?.loss;
            assert!(last < first, "{first} to {last}");
            Ok(())
        }
    )* };
}

learns! {
    all_steps_flattened: Flattened FlattenedInputs { x } FlattenedTargets numbers::<f32, _>(1, (8, 10, 20));
    the_last_step: Last LastInputs { x } LastTargets numbers::<f32, _>(1, (8, 10, 20));
    the_mean_of_all_steps: Gated GatedInputs { x } GatedTargets numbers::<f32, _>(1, (8, 10, 20));
    a_nested_convolution: FlatModel FlatModelInputs { image } FlatModelTargets numbers::<f32, _>(1, (4, 64, 64, 3));
}

#[test]
fn the_mean_over_an_image() -> Result<()> {
    let image: Array4<f32> = numbers(1, (2, 64, 64, 3));
    let model = PoolingModel::new(1);
    let pooled = model.predict(PoolingModelInputs { image: &image })?.output;
    let map = model.conv_model.predict(ConvModelInputs { image: &image })?.output;
    let mean = map.mean_axis(Axis(1)).and_then(|rows| rows.mean_axis(Axis(1))).expect("not empty");
    assert!(pooled.iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-5));
    Ok(())
}

// The products of Dense(units) at every step are matrix products with a kernel that is shared by all steps, so the sum
// over the features of the score stands for Dense(1) here.
model!(
    fn Attend(query: Input<8>, values: Input<time, 8>) -> Outputs<context = Output<8>, weights = Output<time, 1>> {
        let score = tanh(expand_dims(Dense(8)(query), axis = 1) + values);
        let score = sum(score, axis = 2, keepdims = true);
        let weights = softmax(score, axis = 1);
        Outputs { context: sum(weights * values, axis = 1), weights }
    }
);

model!(
    fn Attentive(x: Input<time, 4>) -> Output<3> {
        let states = LSTM(8, return_sequences = true)(x);
        let (context, _) = Attend()(states[(-1, ..)], states);
        Dense(3)(context)
    }
);

#[test]
fn attention_has_right_gradients_at_any_length() {
    for length in [1, 2, 5] {
        let samples = Samples::random::<Attentive<f64>>(2, length, 3);
        slopes_agree(&Attentive::<f64>::seeded(1), &samples);
    }
}

#[test]
fn weights_of_attention_sum_to_one() -> Result<()> {
    let values: Array3<f32> = numbers(1, (3, 7, 8));
    let outputs = Attend::new(1).predict(AttendInputs { query: &numbers(2, (3, 8)), values: &values })?;
    assert_eq!(outputs.weights.dim(), (3, 7, 1));
    assert!(outputs.weights.sum_axis(Axis(1)).iter().all(|sum: &f32| (sum - 1.0).abs() < 1e-5));
    let context = (&outputs.weights * &values).sum_axis(Axis(1));
    assert!(outputs.context.iter().zip(&context).all(|(a, b)| (a - b).abs() < 1e-5));
    Ok(())
}
