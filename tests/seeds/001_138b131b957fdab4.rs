//! From sequences and images to vectors, and attention made of operations.

mod bahdanau;

use formwork::prelude::*;
use formwork_tests::{Samples, ids, loss_falls, numbers, slopes_agree};
use ndarray::{Array2, Array3, Array4, Axis};

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

model!(
    fn PoolingClasses(image: Input<64, 64, 3>) -> Output<10> {
        Sequential([ConvModel(), GlobalAveragePooling2D(), Dense(10)])(image)
    }
);

#[test]
fn the_numbers_of_parameters() {
    assert_eq!(Flattened::<f32>::PARAMS, 9_994);
    assert_eq!(Last::<f32>::PARAMS, 7_114);
    assert_eq!(FlatModel::<f32>::PARAMS, 144_842);
    assert_eq!(ConvModel::<f32>::PARAMS, 19_392);
    assert_eq!(PoolingModel::<f32>::PARAMS, 19_392);
    assert_eq!(PoolingClasses::<f32>::PARAMS, 19_392 + 650);
}

macro_rules! learns {
    ($($test:ident: $model:ident $inputs:ident { $input:ident } $targets:ident $x:expr;)*) => { $(
        #[test]
        fn $test() -> Result<()> {
            let x = $x;
            let labels = ids(2, x.dim().0, 10);
            let loss = SparseCategoricalCrossentropy::from_logits();
            let mut model = $model::new(1).compile(Adam::new(1e-3), loss);
            loss_falls(5, || {
                Ok(model.train_on_batch($inputs { $input: &x }, $targets { output: &labels })?.loss)
            })
        }
    )* };
}

learns! {
    all_steps_flattened: Flattened FlattenedInputs { x } FlattenedTargets numbers::<f32, _>(1, (8, 10, 20));
    attention_from_operations: ByModel ByModelInputs { sequence } ByModelTargets numbers::<f32, _>(1, (8, 20, 32));
    attention_of_ones_own: ByLayer ByLayerInputs { sequence } ByLayerTargets numbers::<f32, _>(1, (8, 20, 32));
    attention_built_in: BuiltIn BuiltInInputs { sequence } BuiltInTargets numbers::<f32, _>(1, (8, 20, 32));
    the_last_step: Last LastInputs { x } LastTargets numbers::<f32, _>(1, (8, 10, 20));
    the_mean_of_all_steps: Gated GatedInputs { x } GatedTargets numbers::<f32, _>(1, (8, 10, 20));
    a_pooled_convolution:
        PoolingClasses PoolingClassesInputs { image } PoolingClassesTargets numbers::<f32, _>(1, (4, 64, 64, 3));
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

model!(
    /// The attention of the document, from operations: `w1`, `w2` and `v` are Dense layers at every step.
    fn Bahdanau(query: Input<64>, values: Input<time, 64>) -> Outputs<context = Output<64>, weights = Output<time, 1>> {
        let query = expand_dims(Dense(128, name = w1)(query), axis = 1);
        let keys = TimeDistributed(Dense(128), name = w2)(values);
        let score = TimeDistributed(Dense(1), name = v)(tanh(query + keys));
        let weights = softmax(score, axis = 1);
        Outputs { context: sum(weights * values, axis = 1), weights }
    }
);

model!(
    fn ByModel(sequence: Input<20, 32>) -> Output<10> {
        let h = LSTM(64, return_sequences = true)(sequence);
        let (context, _) = Bahdanau()(h[(-1, ..)], h);
        Dense(10)(context)
    }
);

model!(
    fn ByLayer(sequence: Input<20, 32>) -> Output<10> {
        let h = LSTM(64, return_sequences = true)(sequence);
        let (context, _) = bahdanau::Attention::<128>()(h[(-1, ..)], h);
        Dense(10)(context)
    }
);

model!(
    /// AdditiveAttention compares what is given to it: projections of the query, which is a sequence of one step, and of the
    /// values.
    fn BuiltIn(sequence: Input<20, 32>) -> Output<10> {
        let h = LSTM(64, return_sequences = true)(sequence);
        let query = expand_dims(Dense(128)(h[(-1, ..)]), axis = 1);
        let keys = TimeDistributed(Dense(128))(h);
        let context = AdditiveAttention()(query, h, keys);
        Dense(10)(squeeze(context, axis = 1))
    }
);

#[test]
fn three_ways_to_attention_have_as_many_parameters() {
    assert_eq!(ByModel::<f32>::PARAMS, 42_251);
    assert_eq!(ByLayer::<f32>::PARAMS, 42_251);
    // The last projection of the others has a bias, which is the same for all steps, so that the softmax undoes it.
    assert_eq!(BuiltIn::<f32>::PARAMS, 42_251 - 1);
}

/// The variables of a model, each as its numbers, without the bias that the softmax undoes.
fn numbers_of<P: Parameters<f64>>(model: &P) -> Vec<Vec<f64>> {
    let mut all = Vec::new();
    model.visit("", &mut |_, variable| all.push(variable.data().to_vec()));
    all.retain(|numbers| numbers.len() > 1);
    all
}

/// Writes each of `from` into the next variable that has more than one number.
fn copy(from: &[Vec<f64>], to: &mut impl Parameters<f64>) {
    let mut rest = from.iter();
    to.visit_mut("", &mut |_, variable| {
        if variable.data().len() > 1 {
            variable.data_mut().copy_from_slice(rest.next().expect("both have as many variables"));
        }
    });
    assert!(rest.next().is_none());
}

#[test]
fn three_ways_to_attention_compute_the_same() -> Result<()> {
    let x: Array3<f64> = numbers(1, (3, 20, 32));
    let by_model = ByModel::<f64>::seeded(7);
    let expected = by_model.predict(ByModelInputs { sequence: &x })?.output;
    let from = numbers_of(&by_model);
    let mut by_layer = ByLayer::<f64>::seeded(8);
    copy(&from, &mut by_layer);
    let mut built_in = BuiltIn::<f64>::seeded(9);
    copy(&from, &mut built_in);
    for got in [
        by_layer.predict(ByLayerInputs { sequence: &x })?.output,
        built_in.predict(BuiltInInputs { sequence: &x })?.output,
    ] {
        assert!(got.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{got} is not {expected}");
    }
    Ok(())
}

#[test]
fn weights_of_attention_sum_to_one() -> Result<()> {
    let (query, values): (Array2<f32>, Array3<f32>) = (numbers(2, (3, 64)), numbers(1, (3, 7, 64)));
    let outputs = Bahdanau::new(1).predict(BahdanauInputs { query: &query, values: &values })?;
    assert_eq!(outputs.weights.dim(), (3, 7, 1));
    assert!(outputs.weights.sum_axis(Axis(1)).iter().all(|sum: &f32| (sum - 1.0).abs() < 1e-5));
    let context = (&outputs.weights * &values).sum_axis(Axis(1));
    assert!(outputs.context.iter().zip(&context).all(|(a, b)| (a - b).abs() < 1e-5));
    Ok(())
}

model!(
    fn Small(x: Input<time, 4>) -> Outputs<class = Output<3>, first = Output<time, 1>, second = Output<5>> {
        let states = LSTM(5, return_sequences = true)(x);
        let attend = bahdanau::Attention::<4>();
        let (context, first) = attend(states[(-1, ..)], states);
        let (second, _) = attend(context, states);
        Outputs { class: Dense(3)(second), first, second }
    }
);

#[test]
fn a_layer_of_ones_own_has_right_gradients_at_any_length() {
    for length in [1, 2, 5] {
        let samples = Samples::random::<Small<f64>>(2, length, 3);
        slopes_agree(&Small::<f64>::seeded(1), &samples);
    }
}

model!(
    /// Operations between layers: the transpose is `tf.transpose`, the product `tf.matmul`.
    fn SelfProduct(x: Input<6, 4>) -> Output<6, 6> {
        let h = LSTM(5, return_sequences = true)(x);
        softmax(matmul(h, transpose(h, (2, 1))) / 2.2)
    }
);

#[test]
fn raw_operations_between_layers() {
    assert_eq!(SelfProduct::<f32>::PARAMS, 4 * 5 * (4 + 5 + 1));
    slopes_agree(&SelfProduct::<f64>::seeded(1), &Samples::random::<SelfProduct<f64>>(2, 1, 3));
}
