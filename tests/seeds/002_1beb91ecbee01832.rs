//! Several inputs in training: images beside texts, and two texts.

use formwork::prelude::*;
use formwork_tests::{ids, loss_falls, numbers};
use ndarray::{Array2, Array4};

model!(
    fn ImageText(image_input: Input<64, 64, 3>, text_input: Input<100>) -> Output<10> {
        let flat = Flatten()(Conv2D(32, (3, 3), activation = relu)(image_input));
        let image_branch = Dense(128, activation = relu)(flat);
        let text_branch = Dense(128, activation = relu)(LSTM(64)(Embedding(1000, 64)(text_input)));
        let merged: Shape<256> = Concatenate()(image_branch, text_branch);
        Dense(10, activation = softmax)(merged)
    }
);

model!(
    fn TwoTexts(text_input1: Input<50>, text_input2: Input<30>) -> Output<10> {
        let a = Dense(128, activation = relu)(LSTM(64)(Embedding(1000, 64)(text_input1)));
        let b = Dense(128, activation = relu)(LSTM(64)(Embedding(1000, 64)(text_input2)));
        Dense(10, activation = softmax)(Concatenate()(a, b))
    }
);

model!(
    fn AnyLength(text_input1: Input<_>, text_input2: Input<10>) -> Output<10> {
        let a = Dense(128, activation = relu)(LSTM(64)(Embedding(1000, 64)(text_input1)));
        let b = Dense(128, activation = relu)(LSTM(64)(Embedding(1000, 64)(text_input2)));
        Dense(10, activation = softmax)(Concatenate()(a, b))
    }
);

fn text(seed: u64, rows: usize, length: usize) -> Array2<u32> {
    ids(seed, rows * length, 1000).into_shape_with_order((rows, length)).expect("as many words")
}

#[test]
fn the_numbers_of_parameters() {
    assert_eq!(ImageText::<f32>::PARAMS, 15_853_962);
    assert_eq!(TwoTexts::<f32>::PARAMS, 213_258);
    assert_eq!(AnyLength::<f32>::PARAMS, 213_258);
}

#[test]
fn images_and_texts() -> Result<()> {
    let image: Array4<f32> = numbers(1, (8, 64, 64, 3));
    let (text, labels) = (text(2, 8, 100), ids(3, 8, 10));
    let mut model = ImageText::new(1).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new());
    loss_falls(2, || {
        let inputs = ImageTextInputs { image_input: &image, text_input: &text };
        Ok(model.train_on_batch(inputs, ImageTextTargets { output: &labels })?.loss)
    })
}

#[test]
fn two_texts() -> Result<()> {
    let (first, second, labels) = (text(1, 40, 50), text(2, 40, 30), ids(3, 40, 10));
    let inputs = TwoTextsInputs { text_input1: &first, text_input2: &second };
    let train = Dataset::from_arrays(inputs, TwoTextsTargets { output: &labels })?.shuffle(40, 1).batch(16);
    let mut model =
        TwoTexts::new(1).compile(Adam::new(1e-2), SparseCategoricalCrossentropy::new()).metrics(Accuracy::new());
    let losses = model.fit(&train, Fit::epochs(4))?.metric("loss");
    assert!(losses[3] < losses[0], "{losses:?}");
    Ok(())
}

#[test]
fn each_batch_may_have_a_length_of_its_own() -> Result<()> {
    let labels = ids(3, 6, 10);
    let mut model = AnyLength::new(1).compile(Adam::new(1e-2), SparseCategoricalCrossentropy::new());
    let mut losses = Vec::new();
    for round in 0..4 {
        for length in [7, 20, 3] {
            let (first, second) = (text(length as u64, 6, length), text(2, 6, 10));
            let inputs = AnyLengthInputs { text_input1: &first, text_input2: &second };
            let loss = model.train_on_batch(inputs, AnyLengthTargets { output: &labels })?.loss;
            if length == 20 {
                losses.push(loss);
            }
        }
        assert_eq!(losses.len(), round + 1);
    }
    assert!(losses[3] < losses[0], "{losses:?}");
    Ok(())
}

#[test]
fn each_batch_is_padded_to_its_longest_text() -> Result<()> {
    let samples = (0..24).map(|row: usize| {
        let (first, second) = (ids(row as u64, 3 + row * 7 % 20, 1000), ids(100 + row as u64, 10, 1000));
        let sample = AnyLengthSample { text_input1: first, text_input2: second };
        (sample, AnyLengthTarget { output: (row % 10) as u32 })
    });
    let train = Dataset::from_iter(samples).padded_batch(8);
    let mut model = AnyLength::new(1).compile(Adam::new(1e-2), SparseCategoricalCrossentropy::new());
    let losses = model.fit(&train, Fit::epochs(4))?.metric("loss");
    assert!(losses[3] < losses[0], "{losses:?}");
    Ok(())
}

#[test]
fn inputs_of_other_row_counts_are_counted_out() {
    let (first, second, labels) = (text(1, 6, 50), text(2, 5, 30), ids(3, 6, 10));
    let inputs = TwoTextsInputs { text_input1: &first, text_input2: &second };
    let error = Dataset::from_arrays(inputs, TwoTextsTargets { output: &labels }).unwrap_err().to_string();
    for part in ["`text_input1` has 6", "`text_input2` has 5", "`output` has 6"] {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

#[test]
fn a_text_of_the_wrong_width_is_named() {
    let (first, second) = (text(1, 2, 80), text(2, 2, 30));
    let error =
        TwoTexts::new(1).predict(TwoTextsInputs { text_input1: &first, text_input2: &second }).unwrap_err().to_string();
    assert!(error.contains("`text_input1`") && error.contains("50") && error.contains("80"), "{error}");
}

#[test]
fn words_and_labels_out_of_range_are_shown() {
    let (mut first, second, mut labels) = (text(1, 4, 50), text(2, 4, 30), ids(3, 4, 10));
    let mut model = TwoTexts::new(1).compile(Adam::new(1e-2), SparseCategoricalCrossentropy::new());
    let mut error = |first: &Array2<u32>, labels: &ndarray::Array1<u32>| {
        let inputs = TwoTextsInputs { text_input1: first, text_input2: &second };
        model.train_on_batch(inputs, TwoTextsTargets { output: labels }).unwrap_err().to_string()
    };
    labels[3] = 10;
    let label = error(&first, &labels);
    assert!(label.contains("label 10 in row 3") && label.contains("0..10"), "{label}");
    first[[2, 7]] = 1000;
    let word = error(&first, &labels);
    assert!(word.contains("1000 in row 2") && word.contains("`text_input1`") && word.contains("0..1000"), "{word}");
}
