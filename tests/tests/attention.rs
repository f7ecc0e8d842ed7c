//! Attention at the call: masks that come with the inputs or are given, and settings of one use of a shared layer.

use formwork::prelude::*;
use ndarray::{Array3, array, s};

fn numbers(batch: usize, steps: usize, width: usize) -> Array3<f32> {
    Array3::from_shape_fn((batch, steps, width), |(i, j, k)| ((i * 31 + j * 7 + k * 3) % 11) as f32 / 5.0 - 1.0)
}

model!(
    /// Texts of any length, padded with id 0.
    fn Encoder(ids: Input<_, u32>) -> Output<4> {
        let h = Embedding(9, 4, mask_zero = true)(ids);
        let h = LayerNormalization()(h + MultiHeadAttention(2, 3)(h, h));
        let h = h + Attention(use_scale = true)(h, h);
        let h = h + AdditiveAttention()(h, h);
        GlobalAveragePooling1D()(h)
    }
);

#[test]
fn padding_is_not_attended_to() {
    let model = Encoder::new(1);
    let padded = model.predict(EncoderInputs { ids: &array![[3u32, 8, 1, 0, 0], [2, 5, 7, 4, 6]] }).unwrap().output;
    let short = model.predict(EncoderInputs { ids: &array![[3u32, 8, 1]] }).unwrap().output;
    for (a, b) in padded.row(0).iter().zip(short.row(0)) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

model!(
    fn Shared(x: Input<4, 3>) -> Outputs<plain = Output<4, 3>, causal = Output<4, 3>, scores = Output<2, 4, 4>> {
        let attention = MultiHeadAttention(2, 3);
        let plain = attention(x, x);
        let (causal, scores) = attention(x, x, use_causal_mask = true, return_attention_scores = true);
        Outputs { plain, causal, scores }
    }
);

#[test]
fn a_setting_at_the_call_is_that_of_one_use() {
    let x = numbers(2, 4, 3);
    let y = Shared::new(3).predict(SharedInputs { x: &x }).unwrap();
    // The last step sees all places either way, the first only itself.
    for (a, b) in y.plain.slice(s![.., 3, ..]).iter().zip(y.causal.slice(s![.., 3, ..])) {
        assert!((a - b).abs() < 1e-6);
    }
    assert!(y.plain.slice(s![.., 0, ..]) != y.causal.slice(s![.., 0, ..]));
    assert!(y.scores.slice(s![.., .., 0, 1..]).iter().all(|share| *share == 0.0));
    assert!(y.scores.slice(s![.., .., 0, 0]).iter().all(|share| *share == 1.0));
}

model!(
    fn Given(
        q: Input<steps, 3>,
        v: Input<places, 3>,
        k: Input<places, 3>,
        q_mask: Input<steps, bool>,
        v_mask: Input<places, bool>,
        pairs: Input<steps, places, bool>,
    ) -> Outputs<dot = Output<_, 3>, none = Output<_, 3>, heads = Output<_, 3>, shares = Output<1, _, _>> {
        let dot = Attention()(q, v, mask = [q_mask, v_mask]);
        let none = Attention(score_mode = concat)(q, v, k, mask = [None, v_mask]);
        let (heads, shares) = MultiHeadAttention(1, 2)(
            q,
            v,
            key = k,
            attention_mask = pairs,
            key_mask = v_mask,
            return_attention_scores = true,
        );
        Outputs { dot, none, heads, shares }
    }
);

#[test]
fn masks_may_be_given() {
    let (q, v, k) = (numbers(1, 2, 3), numbers(1, 3, 3), numbers(1, 3, 3) * 0.5);
    let q_mask = array![[true, false]];
    let v_mask = array![[true, true, false]];
    let pairs = array![[[true, false, true], [true, true, true]]];
    let model = Given::new(3);
    let inputs = GivenInputs { q: &q, v: &v, k: &k, q_mask: &q_mask, v_mask: &v_mask, pairs: &pairs };
    let y = model.predict(inputs).unwrap();
    assert!(y.dot.slice(s![0, 1, ..]).iter().all(|y| *y == 0.0), "a masked step of the query is 0");
    assert!(y.dot.slice(s![0, 0, ..]).iter().all(|y| *y != 0.0));
    assert!(y.none.slice(s![0, 1, ..]).iter().any(|y| *y != 0.0));
    let shares: Vec<bool> = y.shares.iter().map(|share| *share > 0.0).collect();
    assert_eq!(shares, [true, false, false, true, true, false]);

    // Places that are hidden have no influence.
    let mut other = v.clone();
    other.slice_mut(s![.., 2, ..]).fill(9.0);
    let y2 = model.predict(GivenInputs { v: &other, ..inputs }).unwrap();
    assert_eq!(y.dot, y2.dot);
    assert_eq!(y.none, y2.none);
    assert_eq!(y.heads, y2.heads);
}

model!(
    fn Axes(x: Input<2, 4, 3>, y: Input<2, 5, 3>) -> Outputs<all = Output<2, 4, 3>, within = Output<2, 4, 3>> {
        Outputs { all: MultiHeadAttention(2, 3)(x, y), within: MultiHeadAttention(2, 3, attention_axes = 2)(x, y) }
    }
);

#[test]
fn attention_stays_within_the_places_of_other_axes() {
    let x = numbers(1, 8, 3).into_shape_with_order((1, 2, 4, 3)).unwrap();
    let y = numbers(1, 10, 3).into_shape_with_order((1, 2, 5, 3)).unwrap();
    let mut other = y.clone();
    other.slice_mut(s![.., 1, .., ..]).fill(2.0);
    let model = Axes::new(5);
    let a = model.predict(AxesInputs { x: &x, y: &y }).unwrap();
    let b = model.predict(AxesInputs { x: &x, y: &other }).unwrap();
    assert_eq!(a.within.slice(s![0, 0, .., ..]), b.within.slice(s![0, 0, .., ..]));
    assert!(a.all.slice(s![0, 0, .., ..]) != b.all.slice(s![0, 0, .., ..]));
}

model!(
    fn Translator(source: Input<_, u32>, target: Input<_, u32>) -> Output<_, 9> {
        let h = Embedding(9, 4, mask_zero = true)(source);
        let h = LayerNormalization()(h + MultiHeadAttention(2, 2)(h, h));
        let y = Embedding(9, 4, mask_zero = true)(target);
        let y = LayerNormalization()(y + MultiHeadAttention(2, 2, dropout = 0.1)(y, y, use_causal_mask = true));
        let y = LayerNormalization()(y + MultiHeadAttention(2, 2)(y, h));
        TimeDistributed(Dense(9, activation = softmax))(y)
    }
);

#[test]
fn a_masked_transformer_learns() {
    let source = array![[3u32, 8, 1, 0], [2, 5, 7, 4]];
    let target = array![[1u32, 2, 3], [4, 5, 0]];
    let next = array![[2u32, 3, 1], [5, 4, 0]];
    let mut model = Translator::new(2).compile(Adam::new(0.02), SparseCategoricalCrossentropy::new());
    let mut step = || {
        let inputs = TranslatorInputs { source: &source, target: &target };
        model.train_on_batch(inputs, TranslatorTargets { output: &next }).unwrap().loss
    };
    let first = step();
    let last = (0..150).map(|_| step()).last().unwrap();
    assert!(last < first / 5.0, "{first} -> {last}");
}

model!(
    fn Conv(a: Input<8, 8, 3>, b: Input<6, 5, 3>) -> Outputs<a2 = Output<6, 6, 2>, b2 = Output<4, 3, 2>> {
        let conv = Conv2D(2, 3);
        Outputs { a2: conv(a), b2: conv(b) }
    }
);

#[test]
fn a_layer_is_shared_by_images_of_other_sizes() {
    assert_eq!(Conv::<f32>::PARAMS, 3 * 3 * 3 * 2 + 2);
    let (a, b) = (ndarray::Array4::<f32>::ones((1, 8, 8, 3)), ndarray::Array4::<f32>::ones((1, 6, 5, 3)));
    let y = Conv::new(1).predict(ConvInputs { a: &a, b: &b }).unwrap();
    assert!((y.a2[[0, 0, 0, 0]] - y.b2[[0, 0, 0, 0]]).abs() < 1e-6);
}
