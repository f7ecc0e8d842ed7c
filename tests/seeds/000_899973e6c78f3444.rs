//! Several inputs, and where the batch axis belongs.

use formwork::prelude::*;
use formwork_tests::numbers;
use ndarray::{Array1, Array2, Array4, ArrayD, Axis, IxDyn, s, stack};

model!(
    fn ImageAux(image_input: Input<64, 64, 3>, aux_input: Input<10>) -> Output<1> {
        let photo = Conv2D(32, (3, 3), activation = relu)(image_input);
        let photo: Shape<123008> = Flatten()(photo);
        let facts = Dense(16, activation = relu)(aux_input);
        Dense(1, activation = sigmoid)(Concatenate()(photo, facts))
    }
);

/// Bright photos are 1, dark ones 0.
fn data(rows: usize) -> (Array4<f32>, Array2<f32>, Array2<f32>) {
    let labels = Array2::from_shape_fn((rows, 1), |(row, _)| (row % 2) as f32);
    let noise: Array4<f32> = numbers(1, (rows, 64, 64, 3));
    let image = Array4::from_shape_fn((rows, 64, 64, 3), |at| 0.1 * noise[at] + (at.0 % 2) as f32 * 0.5);
    (image, numbers(2, (rows, 10)), labels)
}

#[test]
fn the_number_of_parameters() {
    assert_eq!(ImageAux::<f32>::PARAMS, 124_097);
    assert_eq!(ImageAux::<f32>::TRAINABLE_PARAMS, 124_097);
}

#[test]
fn a_loop_of_gradients() -> Result<()> {
    let (image, aux, labels) = data(32);
    let mut model = ImageAux::new(1);
    let mut optimizer = Adam::new(1e-3);
    let loss = BinaryCrossentropy::new();
    let mut losses = Vec::new();
    for _ in 0..5 {
        let inputs = ImageAuxInputs { image_input: &image, aux_input: &aux };
        let (value, gradients) = model.gradients(inputs, &ImageAuxTargets { output: &labels }, &loss)?;
        optimizer.apply(&mut model, &gradients);
        losses.push(value);
    }
    assert!(losses[4] < losses[0] * 0.9, "{losses:?}");
    Ok(())
}

#[test]
fn named_fields_in_batches_of_32() -> Result<()> {
    let (image, aux, labels) = data(70);
    let train = Dataset::from_arrays(
        ImageAuxInputs { image_input: &image, aux_input: &aux },
        ImageAuxTargets { output: &labels },
    )?
    .shuffle(70, 1)
    .batch(32);
    assert_eq!(train.cardinality(), Some(3));
    let mut model = ImageAux::new(1).compile(Adam::new(1e-3), BinaryCrossentropy::new()).metrics(Accuracy::new());
    let history = model.fit(&train, Fit::epochs(3))?;
    let losses = history.metric("loss");
    assert!(losses[2] < losses[0], "{losses:?}");
    Ok(())
}

#[test]
fn a_thousand_samples() -> Result<()> {
    let (image, aux, labels) = data(1_000);
    let inputs = ImageAuxInputs { image_input: &image, aux_input: &aux };
    let train = Dataset::from_arrays(inputs, ImageAuxTargets { output: &labels })?.batch(32);
    assert_eq!(train.cardinality(), Some(32));
    let mut model = ImageAux::new(1).compile(Adam::new(1e-3), BinaryCrossentropy::new()).metrics(Accuracy::new());
    let loss = model.fit(&train, Fit::epochs(1))?.metric("loss")[0];
    assert!(loss < 0.69, "a coin has 0.693, this has {loss}");
    Ok(())
}

#[test]
fn a_single_sample() -> Result<()> {
    let (image, aux, _) = data(3);
    let model = ImageAux::new(1);
    let all = model.predict(ImageAuxInputs { image_input: &image, aux_input: &aux })?.output;
    let one = model
        .predict_one(ImageAuxInput { image_input: &image.slice(s![1, .., .., ..]), aux_input: &aux.row(1) })?
        .output;
    assert!((one[0] - all[[1, 0]]).abs() < 1e-6);
    Ok(())
}

model!(
    fn Measured(aux_input: Input<10>) -> Output<1> {
        Dense(1)(aux_input)
    }
);

#[test]
fn samples_are_stacked_into_a_batch() -> Result<()> {
    let samples: Vec<Array1<f32>> = (0..4).map(|seed| numbers(seed, 10)).collect();
    let views: Vec<_> = samples.iter().map(|sample| sample.view()).collect();
    let batch = stack(Axis(0), &views).expect("all samples have one length");
    assert_eq!(Measured::new(1).predict(MeasuredInputs { aux_input: &batch })?.output.dim(), (4, 1));
    Ok(())
}

#[test]
fn a_target_without_its_axis_is_refused() {
    let (image, aux, labels) = data(2);
    let mut model = ImageAux::new(1).compile(Adam::new(1e-3), BinaryCrossentropy::new());
    for dims in [vec![2], vec![2, 1, 1], vec![1, 2]] {
        let labels: ArrayD<f32> = labels.to_shape(IxDyn(&dims)).expect("as many labels").into_owned();
        let inputs = ImageAuxInputs { image_input: &image, aux_input: &aux };
        let error = model.train_on_batch(inputs, ImageAuxTargets { output: &labels }).unwrap_err().to_string();
        assert!(error.contains("`output`") && error.contains("[batch, 1]"), "{error}");
    }
}
