//! Axes of any length through every family of layers: gradients at several lengths, and lengths that must agree.

use formwork::prelude::*;
use formwork_tests::{Samples, slopes_agree};
use ndarray::{Array2, Array3, Axis, s};

/// One test a model: forward and backward agree whatever the length of its dynamic axes.
macro_rules! any_length {
    ($($test:ident: $model:ident;)*) => { $(
        #[test]
        fn $test() {
            for length in [3, 4, 7] {
                slopes_agree(&$model::<f64>::seeded(1), &Samples::random::<$model<f64>>(2, length, 3));
            }
        }
    )* };
}

any_length! {
    convolutions: Convolutions;
    pooling: Pooling;
    recurrent_layers: Recurrent;
    attention: Attending;
    every_step: Stepwise;
    normalizations: Normalizations;
    operators: Operators;
    axes_that_grow: Growing;
    two_dynamic_axes: Images;
}

model!(
    fn Convolutions(x: Input<time, 3>) -> Outputs<kept = Output<time, 4>, rest = Output<8>> {
        let kept = Conv1D(4, 3, padding = same, activation = tanh)(x);
        let h = Conv1D(4, 3, padding = causal, dilation_rate = 2)(kept);
        let valid = Conv1D(3, 2)(h);
        let strided = Conv1D(2, 3, strides = 2, padding = same)(h);
        let apart = SeparableConv1D(2, 3, padding = same)(DepthwiseConv1D(2, padding = same)(h));
        let spread = Conv1DTranspose(1, 2, strides = 2)(h);
        let mut means = Vec::new();
        for h in [valid, strided, apart, spread] {
            means.push(GlobalAveragePooling1D()(h));
        }
        Outputs { kept, rest: Concatenate()(means) }
    }
);

model!(
    fn Pooling(x: Input<time, 3>) -> Output<12> {
        let a = GlobalMaxPooling1D()(MaxPooling1D(2)(x));
        let b = GlobalAveragePooling1D()(AveragePooling1D(2, strides = 1, padding = same)(x));
        Concatenate()(a, b, max(x, axis = 1), mean(x, axis = 1))
    }
);

model!(
    fn Recurrent(x: Input<time, 3>) -> Outputs<all = Output<time, 6>, last = Output<8>> {
        let a = LSTM(2, return_sequences = true)(x);
        let b = GRU(2, return_sequences = true, reset_after = false)(a);
        let c = SimpleRNN(2, return_sequences = true, go_backwards = true)(b);
        let both = Bidirectional(GRU(4), merge_mode = concat)(c);
        Outputs { all: Concatenate()(a, b, c), last: both }
    }
);

model!(
    fn Attending(
        query: Input<steps, 4>,
        value: Input<places, 4>,
    ) -> Outputs<
        own = Output<steps, 4>,
        across = Output<steps, 4>,
        weights = Output<steps, places>,
        added = Output<steps, 4>,
    > {
        let own = MultiHeadAttention(2, 2)(query, query, use_causal_mask = true);
        let across = MultiHeadAttention(2, 2)(query, value);
        let (_, weights) = Attention(use_scale = true, return_attention_scores = true)(query, value);
        Outputs { own, across, weights, added: AdditiveAttention()(query, value) }
    }
);

model!(
    fn Stepwise(x: Input<time, 4, 2>) -> Outputs<flat = Output<time, 3>, pooled = Output<time, 2>> {
        let flat = TimeDistributed(Sequential([Flatten(), Dense(3, activation = tanh)]))(x);
        Outputs { flat, pooled: TimeDistributed(GlobalAveragePooling1D())(x) }
    }
);

model!(
    fn Normalizations(x: Input<time, 4>) -> Output<time, 4> {
        let h = LayerNormalization()(BatchNormalization()(x));
        let h = GroupNormalization(2)(h) + RMSNormalization()(h);
        UnitNormalization()(h)
    }
);

model!(
    fn Operators(
        a: Input<time, 3>,
        b: Input<time, 3>,
    ) -> Outputs<
        y = Output<time, 3>,
        products = Output<time, time>,
        last = Output<3>,
        shares = Output<time, 3>,
        turned = Output<3, time>,
    > {
        let sum = a + b * 2.0;
        let y = select(sum > 0.0, tanh(a), exp(b)) / (1.0 + square(b));
        Outputs {
            y,
            products: matmul(a, transpose(b, (2, 1))),
            last: y[(-1, ..)],
            shares: softmax(sum, axis = 1),
            turned: Permute((2, 1))(maximum(a, b)),
        }
    }
);

model!(
    fn Growing(x: Input<time, 3>) -> Outputs<padded = Output<_, 3>, folded = Output<_, 1>> {
        let padded = ZeroPadding1D((1, 2))(UpSampling1D(2)(x));
        Outputs { padded: Cropping1D(1)(padded), folded: Reshape((-1, 1))(UpSampling1D(2)(x)) }
    }
);

model!(
    fn Images(x: Input<height, width, 2>) -> Outputs<kept = Output<height, width, 3>, vector = Output<3>> {
        let kept = Conv2D(3, 3, padding = same)(x);
        let h = MaxPooling2D(2, padding = same)(Conv2DTranspose(3, 2, strides = 2)(kept));
        Outputs { kept, vector: GlobalAveragePooling2D()(BatchNormalization()(h)) }
    }
);

model!(
    fn Words(ids: Input<time, u32>) -> Outputs<vectors = Output<time, 3>, last = Output<2>> {
        let vectors = Embedding(9, 3, mask_zero = true)(ids);
        Outputs { vectors, last: LSTM(2)(Dropout(0.5)(vectors)) }
    }
);

#[test]
fn words_of_any_length() -> Result<()> {
    let model = Words::new(1);
    let ids = Array2::from_shape_fn((2, 6), |(i, j)| (i * 3 + j) as u32 % 8 + 1);
    let whole = model.predict(WordsInputs { ids: &ids })?;
    for length in 1..6 {
        let part = ids.slice(s![.., ..length]).to_owned();
        let y = model.predict(WordsInputs { ids: &part })?;
        assert_eq!(y.vectors, whole.vectors.slice(s![.., ..length, ..]));
        assert_eq!(y.last.dim(), (2, 2));
    }
    Ok(())
}

#[test]
fn axes_of_one_name_agree() {
    let (a, b) = (Array3::<f32>::zeros((2, 5, 3)), Array3::zeros((2, 6, 3)));
    let model = Operators::new(1);
    assert!(model.predict(OperatorsInputs { a: &a, b: &a }).is_ok());
    let error = model.predict(OperatorsInputs { a: &a, b: &b }).unwrap_err().to_string();
    for part in ["`time`", "`a`", "`b`", "5", "6"] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
}

#[test]
fn axes_of_other_names_need_not_agree() -> Result<()> {
    let (query, value) = (Array3::<f32>::ones((2, 5, 4)), Array3::ones((2, 3, 4)));
    let y = Attending::new(1).predict(AttendingInputs { query: &query, value: &value })?;
    assert_eq!(y.weights.dim(), (2, 5, 3));
    assert!(y.weights.sum_axis(Axis(2)).iter().all(|sum| (sum - 1.0).abs() < 1e-5));
    Ok(())
}
