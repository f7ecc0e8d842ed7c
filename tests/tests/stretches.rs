//! Layers that take turns on a few samples at a time predict for many samples what they predict for each alone.

use formwork::prelude::*;
use formwork_tests::{ids, numbers};
use ndarray::{Array2, Array3, Array4, ArrayView, Dimension, s};

/// Enough samples that they are cut into groups, none of them as large as the next.
const ROWS: usize = 45;

#[track_caller]
fn close<D: Dimension>(many: ArrayView<'_, f64, D>, one: ArrayView<'_, f64, D>) {
    assert_eq!(many.shape(), one.shape());
    assert!(many.iter().zip(&one).all(|(a, b)| (a - b).abs() < 1e-9), "{many}\nis not\n{one}");
}

model!(
    fn Residual(x: Input<14, 13, 3>) -> Output<4> {
        fn block(x: Tensor, filters: usize) -> Tensor {
            let h = relu(BatchNormalization()(Conv2D(filters, 3, padding = same)(x)));
            let h = BatchNormalization()(DepthwiseConv2D(3, padding = same)(h));
            relu(x + h)
        }
        let h = Conv2D(20, 3, padding = same, activation = tanh)(x);
        let h = MaxPooling2D(2)(block(block(h, 20), 20));
        Dense(4)(GlobalAveragePooling2D()(h))
    }
);

#[test]
fn residual_blocks() -> Result<()> {
    let model = Residual::<f64>::seeded(3);
    let x: Array4<f64> = numbers(1, (ROWS, 14, 13, 3));
    // Twice, for what the first prediction leaves in memory, and of several sizes.
    for rows in [ROWS, ROWS, 9, 8, 7, 33] {
        let x = x.slice(s![..rows, .., .., ..]);
        let many = model.predict(ResidualInputs { x: &x })?.output;
        for row in 0..rows {
            let one = model.predict(ResidualInputs { x: &x.slice(s![row..=row, .., .., ..]) })?.output;
            close(many.slice(s![row..=row, ..]), one.view());
        }
    }
    Ok(())
}

// What the first layer of a stretch reads is in memory of the model's own, and so is what it leaves.
model!(
    fn Decoder(code: Input<6>, style: Input<12, 12, 2>) -> Outputs<image = Output<12, 12, 3>, score = Output<1>> {
        let h = Reshape((12, 12, 2))(Dense(288, activation = tanh)(code));
        let h = Conv2D(16, 3, padding = same, activation = relu)(h);
        let h = Concatenate()(h, Conv2D(16, 3, padding = same)(style));
        let image = Conv2D(3, 3, padding = same, activation = sigmoid)(h);
        let (left, right) = split(Conv2D(24, 3, activation = relu)(image), 2, axis = -1);
        let score = Dense(1)(Flatten()(AveragePooling2D(2)(maximum(left, right))));
        Outputs { image, score }
    }
);

#[test]
fn several_inputs_and_outputs() -> Result<()> {
    let model = Decoder::<f64>::seeded(3);
    let (code, style): (Array2<f64>, Array4<f64>) = (numbers(1, (ROWS, 6)), numbers(2, (ROWS, 12, 12, 2)));
    let many = model.predict(DecoderInputs { code: &code, style: &style })?;
    for row in 0..ROWS {
        let (code, style) = (code.slice(s![row..=row, ..]), style.slice(s![row..=row, .., .., ..]));
        let one = model.predict(DecoderInputs { code: &code, style: &style })?;
        close(many.image.slice(s![row..=row, .., .., ..]), one.image.view());
        close(many.score.slice(s![row..=row, ..]), one.score.view());
    }
    Ok(())
}

model!(
    fn Words(text: Input<24>) -> Output<4> {
        let h = Embedding(30, 32, mask_zero = true)(text);
        let h = LayerNormalization()(h + MultiHeadAttention(4, 8)(h, h));
        let h = LayerNormalization()(h + TimeDistributed(Dense(32))(TimeDistributed(Dense(64, activation = relu))(h)));
        Dense(4)(GlobalAveragePooling1D()(h))
    }
);

#[test]
fn masked_sequences() -> Result<()> {
    let model = Words::<f64>::seeded(3);
    // Some ids are 0.
    let text = ids(1, ROWS * 24, 12).into_shape_with_order((ROWS, 24)).expect("as many");
    let many = model.predict(WordsInputs { text: &text })?.output;
    for row in 0..ROWS {
        let one = model.predict(WordsInputs { text: &text.slice(s![row..=row, ..]) })?.output;
        close(many.slice(s![row..=row, ..]), one.view());
    }
    Ok(())
}

model!(
    fn AnyLength(x: Input<_, 8>) -> Output<4> {
        let h = MaxPooling1D(2)(Conv1D(40, 3, activation = relu)(x));
        Dense(4)(GlobalMaxPooling1D()(Dropout(0.5)(Conv1D(40, 3, padding = same)(h))))
    }
);

#[test]
fn sequences_of_any_length() -> Result<()> {
    let model = AnyLength::<f64>::seeded(3);
    for steps in [50, 21, 70] {
        let x: Array3<f64> = numbers(steps as u64, (ROWS, steps, 8));
        let many = model.predict(AnyLengthInputs { x: &x })?.output;
        for row in 0..ROWS {
            let one = model.predict(AnyLengthInputs { x: &x.slice(s![row..=row, .., ..]) })?.output;
            close(many.slice(s![row..=row, ..]), one.view());
        }
    }
    Ok(())
}

model!(
    fn Penalised(x: Input<12, 12, 3>) -> Output<4> {
        let h = Conv2D(12, 3, activation = relu, activity_regularizer = L2(0.1))(x);
        let h = MaxPooling2D(2)(BatchNormalization()(Conv2D(12, 3, padding = same)(h)));
        Dense(4)(Flatten()(h))
    }
);

/// What a layer adds to the loss for a batch, it adds once, on whatever threads the others are.
#[test]
fn penalties_of_activities() -> Result<()> {
    let (x, target): (Array4<f64>, Array2<f64>) = (numbers(1, (ROWS, 12, 12, 3)), numbers(2, (ROWS, 4)));
    let mut model = Penalised::<f64>::seeded(3).compile(SGD::new(0.1), MeanSquaredError::new());
    let mut loss = |rows: std::ops::Range<usize>| -> Result<f64> {
        let (x, target) = (x.slice(s![rows.clone(), .., .., ..]), target.slice(s![rows, ..]));
        Ok(model.test_on_batch(PenalisedInputs { x: &x }, PenalisedTargets { output: &target })?.loss)
    };
    let many = loss(0..ROWS)?;
    let alone = (0..ROWS).map(|row| loss(row..row + 1)).sum::<Result<f64>>()? / ROWS as f64;
    assert!((many - alone).abs() < 1e-9, "{many} is not {alone}");
    Ok(())
}
