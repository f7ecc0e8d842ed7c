//! What a model offers besides learning: constants, fields, copies, files.

use formwork::prelude::*;
use formwork_tests::numbers;
use ndarray::{Array2, Axis};
use tempfile::tempdir;

const WIDTH: usize = 6;

model!(
    fn Part(x: Input<3>) -> Output<4> {
        let h = Dense(4)(x);
        BatchNormalization()(h)
    }
);

model!(
    fn Whole(x: Input<3>, time: Input<_, 2>) -> Outputs<class = Output<WIDTH>, score = Output<1>> {
        let part = Part();
        let mut h = part(x);
        for width in [4, 5] {
            h = Dense(width)(h);
        }
        let h = Concatenate()(h, LSTM(2)(time));
        let class = Dense(WIDTH, activation = softmax)(h);
        Outputs { class, score: Dense(1, use_bias = false)(h) }
    }
);

#[test]
fn constants_tell_sizes() {
    assert_eq!(Part::<f32>::PARAMS, 3 * 4 + 4 + 4 * 4);
    assert_eq!(Part::<f32>::TRAINABLE_PARAMS, 3 * 4 + 4 + 2 * 4);
    let lstm = 4 * (2 * 2 + 2 * 2 + 2);
    let own = (4 * 4 + 4) + (4 * 5 + 5) + lstm + (7 * WIDTH + WIDTH) + 7;
    assert_eq!(Whole::<f64>::PARAMS, Part::<f64>::PARAMS + own);
    assert_eq!(Whole::<f64>::TRAINABLE_PARAMS, Part::<f64>::TRAINABLE_PARAMS + own);
    const { assert!(Whole::<f32>::FLOPS > 2 * (4 * 4 + 4 * 5 + 7 * WIDTH + 7)) };
    assert_eq!(Whole::<f32>::INPUT_SHAPES[0].dims(), [3]);
    assert_eq!(Whole::<f32>::OUTPUT_SHAPES.map(|shape| shape.last()), [WIDTH, 1]);
    let model = Whole::<f64>::seeded(1);
    assert_eq!(model.summary().total_params(), Whole::<f64>::PARAMS);
    assert_eq!(model.summary().trainable_params(), Whole::<f64>::TRAINABLE_PARAMS);
    assert_eq!(model.trainable_len(), Whole::<f64>::TRAINABLE_PARAMS);
}

#[test]
fn fields_are_named_as_they_were_written() {
    let mut paths = Vec::new();
    let mut model = Whole::new(1);
    model.visit("", &mut |path, _| paths.push(path.to_string()));
    assert_eq!(
        paths,
        [
            "part/h/kernel",
            "part/h/bias",
            "part/batch_normalization/gamma",
            "part/batch_normalization/beta",
            "part/batch_normalization/moving_mean",
            "part/batch_normalization/moving_variance",
            "dense/kernel",
            "dense/bias",
            "dense_1/kernel",
            "dense_1/bias",
            "lstm/kernel",
            "lstm/recurrent_kernel",
            "lstm/bias",
            "class/kernel",
            "class/bias",
            "score/kernel",
        ]
    );
    assert_eq!(model.class.kernel().dim(), (7, WIDTH));
    assert_eq!(model.part.batch_normalization.moving_mean().len(), 4);
    assert!(model.score.bias().is_none());
    model.dense_1.bias_mut().expect("it has a bias").fill(3.0);
    assert!(model.dense_1.bias().is_some_and(|bias| bias.iter().all(|value| *value == 3.0)));
}

fn predict(model: &Whole<f64>) -> Result<(Array2<f64>, Array2<f64>)> {
    let (x, time) = (numbers(1, (4, 3)), numbers(2, (4, 5, 2)));
    let outputs = model.predict(WholeInputs { x: &x, time: &time })?;
    Ok((outputs.class, outputs.score))
}

#[test]
fn one_sample_is_predicted_as_in_a_batch() -> Result<()> {
    let (x, time): (Array2<f64>, ndarray::Array3<f64>) = (numbers(1, (4, 3)), numbers(2, (4, 5, 2)));
    let model = Whole::<f64>::seeded(3);
    let (class, score) = predict(&model)?;
    for row in 0..4 {
        let one = model.predict_one(WholeInput { x: &x.row(row), time: &time.index_axis(Axis(0), row) })?;
        assert!(one.class.iter().zip(class.row(row)).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!((one.score[0] - score[[row, 0]]).abs() < 1e-12);
    }
    Ok(())
}

#[test]
fn outputs_that_exist_are_reused_or_replaced() -> Result<()> {
    let model = Part::new(1);
    let (few, many) = (numbers(1, (2, 3)), numbers(2, (5, 3)));
    let mut outputs = model.predict(PartInputs { x: &few })?;
    model.predict_into(PartInputs { x: &many }, &mut outputs)?;
    assert_eq!(outputs.output, model.predict(PartInputs { x: &many })?.output);
    model.predict_into(PartInputs { x: &few }, &mut outputs)?;
    assert_eq!(outputs.output, model.predict(PartInputs { x: &few })?.output);
    Ok(())
}

#[test]
fn a_copy_is_a_model_of_its_own() -> Result<()> {
    let mut model = Whole::<f64>::seeded(3);
    let copy = model.clone();
    let before = predict(&copy)?;
    assert_eq!(predict(&model)?, before);
    model.class.kernel_mut().fill(0.0);
    assert_ne!(predict(&model)?, before);
    assert_eq!(predict(&copy)?, before);
    Ok(())
}

#[test]
fn a_seed_decides_the_first_weights() -> Result<()> {
    assert_eq!(predict(&Whole::<f64>::seeded(3))?, predict(&Whole::<f64>::seeded(3))?);
    assert_ne!(predict(&Whole::<f64>::seeded(3))?, predict(&Whole::<f64>::seeded(4))?);
    let (single, double) = (Whole::new(3), Whole::<f64>::seeded(3));
    let pairs = single.class.kernel().mapv(f64::from) - double.class.kernel();
    assert!(pairs.iter().all(|difference| difference.abs() < 1e-6));
    Ok(())
}

#[test]
fn files_bring_back_every_weight() -> Result<()> {
    let folder = tempdir().expect("a folder for files");
    let path = folder.path().join("whole.safetensors");
    let mut model = Whole::<f64>::seeded(3);
    model.part.batch_normalization.moving_mean_mut().fill(0.25);
    model.save(&path)?;
    let mut other = Whole::<f64>::seeded(4);
    other.load(&path)?;
    assert_eq!(predict(&other)?, predict(&model)?);
    Ok(())
}

model!(
    fn Narrow(x: Input<2>) -> Output<4> {
        let h = Dense(4)(x);
        BatchNormalization()(h)
    }
);

#[test]
fn files_of_other_models_list_every_mismatch_and_change_nothing() -> Result<()> {
    let folder = tempdir().expect("a folder for files");
    let path = folder.path().join("part.safetensors");
    Part::<f64>::seeded(1).save(&path)?;
    let mut model = Whole::<f64>::seeded(3);
    let before = predict(&model)?;
    let error = model.load(&path).unwrap_err().to_string();
    for part in ["part.safetensors", "Whole", "`part/h/kernel` is missing", "`score/kernel` is missing"] {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
    assert!(error.contains("`batch_normalization/gamma` is not in the model"), "{error}");
    assert_eq!(predict(&model)?, before);

    let error = Narrow::<f64>::seeded(1).load(&path).unwrap_err().to_string();
    assert!(error.contains("`h/kernel` has shape [3, 4], but needs [2, 4]"), "{error}");
    assert_eq!(error.lines().count(), 2, "{error}");
    let single = Part::new(1).load(&path).unwrap_err().to_string();
    assert!(single.contains("F64") && single.contains("f32"), "{single}");
    let bytes = std::fs::read(&path).expect("it was written");
    for len in [0, 1, 7, 8, 9, 100, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..len]).expect("the folder is ours");
        let error = Part::<f64>::seeded(1).load(&path).unwrap_err().to_string();
        assert!(error.contains("part.safetensors"), "{error}");
    }
    for place in [folder.path().to_path_buf(), folder.path().join("none.safetensors")] {
        let error = model.load(&place).unwrap_err().to_string();
        assert!(error.contains("cannot be read"), "{error}");
    }
    assert_eq!(predict(&model)?, before);
    Ok(())
}

#[test]
fn a_prediction_is_the_same_in_batches_of_any_size() -> Result<()> {
    let (x, time): (Array2<f64>, ndarray::Array3<f64>) = (numbers(1, (70, 3)), numbers(2, (70, 5, 2)));
    // Not row after row in memory.
    let turned = x.t().as_standard_layout().into_owned();
    let x = turned.t();
    let inputs = WholeInputs { x: &x, time: &time };
    let model = Whole::<f64>::seeded(3);
    let whole = model.predict_in_batches(inputs, 70)?;
    let mut room = model.predict_in_batches(inputs, 7)?;
    for outputs in
        [model.predict(inputs)?, model.predict_in_batches(inputs, 1)?, model.predict_in_batches(inputs, 1_000)?]
    {
        assert!(outputs.class.iter().zip(&whole.class).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(outputs.score.iter().zip(&whole.score).all(|(a, b)| (a - b).abs() < 1e-12));
    }
    model.predict_into(inputs, &mut room)?;
    assert!(room.class.iter().zip(&whole.class).all(|(a, b)| (a - b).abs() < 1e-12));
    let error = model.predict_in_batches(inputs, 0).unwrap_err().to_string();
    assert!(error.contains("batch_size must not be 0"), "{error}");
    Ok(())
}

model!(
    fn Bag(words: Input<2>, x: Input<3>) -> Output<1> {
        let shared = Dense(4);
        let h = Add()(shared(Flatten()(Embedding(5, 2)(words))), shared(Concatenate()(x, x[..1])));
        Dense(1)(h)
    }
);

#[test]
fn messages_of_a_sample_speak_of_the_sample() {
    let model = Bag::new(1);
    let (words, x) = (ndarray::array![1u32, 2], ndarray::array![1.0f32, 2.0, 3.0]);
    assert!(model.predict_one(BagInput { words: &words, x: &x }).is_ok());
    let longer = ndarray::array![1.0f32, 2.0, 3.0, 4.0];
    let error = model.predict_one(BagInput { words: &words, x: &longer }).err().map(|error| error.to_string());
    let expected = "input `x` of Bag takes a sample of shape [3], but got an array of shape [4]";
    assert_eq!(error.as_deref(), Some(expected));
    let words = ndarray::array![1u32, 7];
    let error = model.predict_one(BagInput { words: &words, x: &x }).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("`words` holds 7, but ids must be in 0..5"));
}

#[test]
fn a_shared_layer_has_one_row_with_all_that_it_reads() {
    let summary = Bag::new(1).summary().to_string();
    assert_eq!(summary.matches("shared (Dense)").count(), 1, "{summary}");
    assert!(summary.contains("flatten[0][0], concatenate[0][0]"), "{summary}");
    assert!(summary.contains("shared[0][0], shared[1][0]"), "{summary}");
    assert!(summary.contains("words (InputLayer)"), "{summary}");
}

#[test]
fn gradients_go_into_room_that_exists() -> Result<()> {
    let mut model = Bag::new(1);
    let (words, x, y) =
        (ndarray::array![[1u32, 2], [3, 4]], numbers::<f32, _>(1, (2, 3)), numbers::<f32, _>(2, (2, 1)));
    let (inputs, targets, loss) =
        (BagInputs { words: &words, x: &x }, BagTargets { output: &y }, MeanSquaredError::new());
    let (value, fresh) = model.gradients(inputs, &targets, &loss)?;
    let mut room = Gradients::zeros(&model);
    assert_eq!(model.gradients_into(inputs, &targets, &loss, &mut room)?, value);
    assert_eq!(room.as_slice(), fresh.as_slice());
    let mut other = Gradients::zeros(&Whole::<f32>::seeded(1));
    let error = model.gradients_into(inputs, &targets, &loss, &mut other).unwrap_err().to_string();
    assert!(error.contains("not laid out for Bag"), "{error}");
    Ok(())
}
