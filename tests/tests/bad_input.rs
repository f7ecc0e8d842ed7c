//! Every mistake that data can make is an error that names what, where and the way out; the model stays as it was.

use formwork::prelude::*;
use formwork_tests::{ids, numbers};
use ndarray::{Array1, Array2, Array3, ArrayD, IxDyn, s};

model!(
    fn Net(image: Input<4, 3>, words: Input<5>) -> Output<3> {
        let h = GlobalAveragePooling1D()(Embedding(10, 4)(words));
        Dense(3, activation = softmax)(Concatenate()(Flatten()(image), h))
    }
);

fn image(rows: usize) -> Array3<f32> {
    numbers(1, (rows, 4, 3))
}

fn words(rows: usize) -> Array2<u32> {
    ids(2, rows * 5, 10).into_shape_with_order((rows, 5)).unwrap()
}

/// Says what was wrong to `predict`, `train_on_batch` and `test_on_batch`, which must agree and change nothing.
#[track_caller]
fn refused(image: &Array3<f32>, words: &Array2<i64>, labels: &Array1<i64>, parts: &[&str]) {
    let mut model = Net::new(1).compile(Adam::new(0.1), SparseCategoricalCrossentropy::new());
    let before = weights(&*model);
    let inputs = NetInputs { image, words: &words.mapv(|id| id as u32) };
    let targets = NetTargets { output: labels };
    for message in [
        model.train_on_batch(inputs, targets).unwrap_err().to_string(),
        model.test_on_batch(inputs, targets).unwrap_err().to_string(),
        model.gradients(inputs, &targets, &SparseCategoricalCrossentropy::new()).unwrap_err().to_string(),
    ] {
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
    }
    assert_eq!(weights(&*model), before);
}

fn weights<M: Model<Element = f32>>(model: &M) -> Vec<u32> {
    let mut bits = Vec::new();
    model.visit("", &mut |_, variable| bits.extend(variable.data().iter().map(|value| value.to_bits())));
    bits
}

fn signed(words: Array2<u32>) -> Array2<i64> {
    words.mapv(i64::from)
}

#[test]
fn no_rows() {
    refused(&image(0), &signed(words(0)), &Array1::zeros(0), &["Net", "empty"]);
    let (image, words) = (image(0), words(0));
    let error = Net::new(1).predict(NetInputs { image: &image, words: &words }).unwrap_err().to_string();
    assert!(error.contains("at least one row"), "{error}");
    let targets = NetTargets { output: &Array1::<u8>::zeros(0) };
    let error = Dataset::from_arrays(NetInputs { image: &image, words: &words }, targets).unwrap_err().to_string();
    assert!(error.contains("no samples"), "{error}");
}

#[test]
fn batches_of_nothing() {
    let (image, words, labels) = (image(4), words(4), ids(3, 4, 3));
    let data =
        || Dataset::from_arrays(NetInputs { image: &image, words: &words }, NetTargets { output: &labels }).unwrap();
    let mut model = Net::new(1).compile(Adam::new(0.1), SparseCategoricalCrossentropy::new());
    let error = model.fit(&data().batch(0), Fit::epochs(1)).unwrap_err().to_string();
    assert!(error.contains("batch of 0") && error.contains(".batch(n)"), "{error}");
    let error = model.fit(&data().batch(5).drop_remainder(), Fit::epochs(1)).unwrap_err().to_string();
    assert!(error.contains("4 samples") && error.contains('5'), "{error}");
    let error = model.evaluate(&data().batch(0)).unwrap_err().to_string();
    assert!(error.contains("batch of 0"), "{error}");
    let error = model.fit(&data().shuffle(0, 1).batch(2), Fit::epochs(1)).unwrap_err().to_string();
    assert!(error.contains("buffer"), "{error}");
}

#[test]
fn numbers_that_are_none() {
    for (value, text) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let mut image = image(6);
        image[[4, 3, 2]] = value;
        refused(&image, &signed(words(6)), &Array1::zeros(6), &["`image`", "row 4", text]);
        let (words, labels) = (words(6), ids(3, 6, 3));
        let error = Dataset::from_arrays(NetInputs { image: &image, words: &words }, NetTargets { output: &labels })
            .unwrap_err()
            .to_string();
        assert!(error.contains("`image`") && error.contains("row 4") && error.contains(text), "{error}");
    }
}

#[test]
fn labels_that_are_no_class() {
    for label in [3, -1, i64::MAX, 1 << 32] {
        let mut labels = Array1::zeros(6);
        labels[5] = label;
        let value = label.to_string();
        refused(&image(6), &signed(words(6)), &labels, &["label", "row 5", &value, "0..3"]);
    }
}

#[test]
fn ids_that_no_embedding_has() {
    let mut bad = signed(words(6));
    bad[[2, 3]] = 10;
    refused(&image(6), &bad, &Array1::zeros(6), &["`words`", "row 2", "10", "0..10"]);
    bad[[2, 3]] = i64::from(u32::MAX);
    refused(&image(6), &bad, &Array1::zeros(6), &["`words`", "row 2", "4294967295", "0..10"]);
    let words = bad.mapv(|id| id as u32);
    let error = Net::new(1).predict(NetInputs { image: &image(6), words: &words }).unwrap_err().to_string();
    assert!(error.contains("`words`") && error.contains("row 2") && error.contains("0..10"), "{error}");
    let image = image(1);
    let one = NetInput { image: &image.slice(s![0, .., ..]), words: &words.slice(s![2, ..]) };
    assert!(Net::new(1).predict_one(one).unwrap_err().to_string().contains("`words`"));
}

model!(
    fn Signed(words: Input<2, i32>) -> Output<1> {
        Dense(1)(Flatten()(Embedding(4, 2)(words)))
    }
);

#[test]
fn negative_ids() {
    let words = ndarray::array![[0, 1], [3, -2]];
    let error = Signed::new(1).predict(SignedInputs { words: &words }).unwrap_err().to_string();
    for part in ["`words`", "-2", "row 1", "0..4"] {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

model!(
    fn Hidden(words: Input<6, u32>) -> Output<2> {
        let pairs = Reshape((3, 2))(words);
        Dense(2)(Flatten()(Embedding(5, 2)(pairs)))
    }
);

model!(
    fn Outside(ids: Input<6, u32>) -> Output<2> {
        Hidden()(ids)
    }
);

#[test]
fn ids_behind_other_layers() {
    let mut words = Array2::zeros((3, 6));
    words[[1, 4]] = 5;
    let error = Hidden::new(1).predict(HiddenInputs { words: &words }).unwrap_err().to_string();
    assert!(error.contains("`words`") && error.contains("row 1") && error.contains("0..5"), "{error}");
    let error = Outside::new(1).predict(OutsideInputs { ids: &words }).unwrap_err().to_string();
    assert!(error.contains("`ids`") && error.contains("row 1") && error.contains("0..5"), "{error}");
}

#[test]
fn rows_that_differ() {
    refused(&image(6), &signed(words(5)), &Array1::zeros(6), &["`image` has 6", "`words` has 5"]);
    refused(&image(6), &signed(words(6)), &Array1::zeros(5), &["`output`", "5", "6"]);
}

#[test]
fn arrays_of_the_wrong_shape() {
    let wide = numbers(1, (6, 3, 4));
    refused(&wide, &signed(words(6)), &Array1::zeros(6), &["`image`", "[batch, 4, 3]", "[6, 3, 4]"]);
    let few = signed(words(6)).slice_move(s![.., ..4]);
    refused(&image(6), &few, &Array1::zeros(6), &["`words`", "[batch, 5]", "[6, 4]"]);
}

model!(
    fn Sequences(a: Input<time, 2>, b: Input<time>, c: Input<_, 2>) -> Output<4> {
        let a = a + Embedding(4, 2)(b);
        Concatenate()(GlobalAveragePooling1D()(a), GlobalMaxPooling1D()(c))
    }
);

fn sequences(a: (usize, usize), b: (usize, usize), c: (usize, usize)) -> Result<Array2<f32>> {
    let (a, b, c) = (numbers(1, (a.0, a.1, 2)), Array2::<u32>::zeros(b), numbers(2, (c.0, c.1, 2)));
    Ok(Sequences::new(1).predict(SequencesInputs { a: &a, b: &b, c: &c })?.output)
}

#[test]
fn dynamic_axes() {
    assert_eq!(sequences((2, 3), (2, 3), (2, 7)).unwrap().dim(), (2, 4));
    let error = sequences((2, 3), (2, 4), (2, 7)).unwrap_err().to_string();
    for part in ["`time`", "3 in `a`", "4 in `b`"] {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
    let error = sequences((2, 3), (2, 3), (2, 0)).unwrap_err().to_string();
    assert!(error.contains("`c`") && error.contains("length 0"), "{error}");
    let error = sequences((2, 0), (2, 0), (2, 1)).unwrap_err().to_string();
    assert!(error.contains("`a`") && error.contains("length 0"), "{error}");
}

model!(
    fn Convolved(x: Input<_, _, 1>) -> Output<2> {
        GlobalAveragePooling2D()(Conv2D(2, 3)(MaxPooling2D(2)(x)))
    }
);

#[test]
fn images_that_become_too_small() {
    let model = Convolved::new(1);
    let x: ndarray::Array4<f32> = numbers(1, (1, 8, 8, 1));
    assert!(model.predict(ConvolvedInputs { x: &x }).is_ok());
    let small = x.slice(s![.., ..4, .., ..]);
    let error = model.predict(ConvolvedInputs { x: &small }).unwrap_err().to_string();
    assert!(error.contains("Conv2D"), "{error}");
}

#[test]
fn arrays_that_do_not_lie_row_after_row() {
    let (image, words, labels) = (image(8), words(8), ids(3, 8, 3));
    let mut turned = ndarray::Array::zeros((4, 3, 8));
    turned.assign(&image.view().permuted_axes([1, 2, 0]));
    let views = (turned.view().permuted_axes([2, 0, 1]), words.slice(s![..;-1, ..]));
    let words_back = views.1.slice(s![..;-1, ..]);
    assert!(views.0.as_slice().is_none());
    let model = Net::new(1);
    let expected = model.predict(NetInputs { image: &image, words: &words }).unwrap().output;
    assert_eq!(model.predict(NetInputs { image: &views.0, words: &words_back }).unwrap().output, expected);
    let reversed = model.predict(NetInputs { image: &views.0.slice(s![..;-1, .., ..]), words: &views.1 }).unwrap();
    assert_eq!(reversed.output, expected.slice(s![..;-1, ..]));
    let every_other =
        model.predict(NetInputs { image: &image.slice(s![..;2, .., ..]), words: &words.slice(s![..;2, ..]) }).unwrap();
    assert_eq!(every_other.output, expected.slice(s![..;2, ..]));

    let train = |inputs: NetInputs<'_>| {
        let mut model = Net::new(1).compile(Adam::new(0.1), SparseCategoricalCrossentropy::new());
        let data = Dataset::from_arrays(inputs, NetTargets { output: &labels }).unwrap().batch(3);
        model.fit(&data, Fit::epochs(2)).unwrap();
        weights(&*model)
    };
    let turned = train(NetInputs { image: &views.0, words: &words });
    assert_eq!(train(NetInputs { image: &image, words: &words }), turned);
}

#[test]
fn targets_of_the_wrong_shape() {
    let (image, words) = (image(6), words(6));
    let mut model = Net::new(1).compile(Adam::new(0.1), CategoricalCrossentropy::new());
    for dims in [&[6, 2][..], &[6], &[6, 3, 1], &[]] {
        let targets = ArrayD::<f32>::zeros(IxDyn(dims));
        let inputs = NetInputs { image: &image, words: &words };
        let error = model.train_on_batch(inputs, NetTargets { output: &targets }).unwrap_err().to_string();
        assert!(error.contains("`output`"), "{error}");
    }
}

#[test]
fn a_loss_that_explodes_leaves_the_last_good_weights() {
    let (mut image, words, labels) = (image(6), words(6), numbers::<f32, _>(1, (6, 3)));
    image *= 1e30;
    let mut model = Net::new(1).compile(SGD::new(1e30), MeanAbsoluteError::new());
    let mut before = weights(&*model);
    for _ in 0..20 {
        let result = model.train_on_batch(NetInputs { image: &image, words: &words }, NetTargets { output: &labels });
        if let Err(error) = result {
            assert!(error.to_string().contains("learning rate"), "{error}");
            assert_eq!(weights(&*model), before);
            return;
        }
        before = weights(&*model);
    }
}
