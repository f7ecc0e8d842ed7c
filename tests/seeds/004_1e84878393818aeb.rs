//! Batched data sets and loops of one's own.

use formwork::prelude::*;
use formwork_tests::{loss_falls, numbers};
use ndarray::{Array2, Array4};

model!(
    fn Sum(input_a: Input<1>, input_b: Input<1>) -> Output<1> {
        let concat = Concatenate()(input_a, input_b);
        let hidden = Dense(64, activation = relu)(concat);
        Dense(1)(hidden)
    }
);

model!(
    fn ImageScalar(image_input: Input<64, 64, 3>, scalar_input: Input<1>) -> Output<1> {
        let conv = Conv2D(32, (3, 3), activation = relu)(image_input);
        let flat = Flatten()(conv);
        let hidden = Dense(64, activation = relu)(Concatenate()(flat, scalar_input));
        Dense(1)(hidden)
    }
);

fn pairs(rows: usize) -> (Array2<f32>, Array2<f32>, Array2<f32>) {
    let (a, b) = (numbers(1, (rows, 1)), numbers(2, (rows, 1)));
    let sum = &a + &b;
    (a, b, sum)
}

#[test]
fn the_numbers_of_parameters() {
    assert_eq!(Sum::<f32>::PARAMS, 257);
    assert_eq!(ImageScalar::<f32>::PARAMS, 7_873_601);
}

#[test]
fn shuffled_batches() -> Result<()> {
    let (a, b, sum) = pairs(100);
    let train = Dataset::from_arrays(SumInputs { input_a: &a, input_b: &b }, SumTargets { output: &sum })?
        .shuffle(100, 1)
        .batch(32);
    assert_eq!(train.cardinality(), Some(4));
    let mut model = Sum::new(1).compile(Adam::new(1e-2), MeanSquaredError::new());
    let losses = model.fit(&train, Fit::epochs(10))?.metric("loss");
    assert!(losses[9] < losses[0] / 4.0, "{losses:?}");
    Ok(())
}

#[test]
fn ten_epochs_in_a_loop_of_ones_own() -> Result<()> {
    let (a, b, sum) = pairs(64);
    let mut model = Sum::new(1);
    let mut optimizer = Adam::new(1e-2);
    let loss = MeanSquaredError::new();
    let mut losses = Vec::new();
    for _ in 0..10 {
        let inputs = SumInputs { input_a: &a, input_b: &b };
        let (value, gradients) = model.gradients(inputs, &SumTargets { output: &sum }, &loss)?;
        optimizer.apply(&mut model, &gradients);
        losses.push(value);
    }
    assert!(losses[9] < losses[0], "{losses:?}");
    Ok(())
}

#[test]
fn images_beside_numbers() -> Result<()> {
    let image: Array4<f32> = numbers(1, (8, 64, 64, 3));
    let (scalar, _, y) = pairs(8);
    let mut model = ImageScalar::new(1).compile(Adam::new(1e-5), MeanSquaredError::new());
    loss_falls(2, || {
        let inputs = ImageScalarInputs { image_input: &image, scalar_input: &scalar };
        Ok(model.train_on_batch(inputs, ImageScalarTargets { output: &y })?.loss)
    })
}

model!(
    /// The document's preparation, inside of the model: images in 0..=255, and a number that its data describe.
    fn Prepared(image_input: Input<_, _, 3>, scalar_input: Input<1>) -> Output<1> {
        let image = Resizing(16, 16)(Rescaling(1.0 / 255.0)(image_input));
        let scalar = Normalization(name = scale)(scalar_input);
        Dense(1)(Concatenate()(GlobalAveragePooling2D()(image), scalar))
    }
);

#[test]
fn data_are_prepared_by_the_model() -> Result<()> {
    let (scalar, _, y) = pairs(8);
    let image: Array4<f32> = numbers::<f32, _>(1, (8, 20, 24, 3)).mapv(|x| (x + 1.0) * 127.5);
    let mut model = Prepared::new(1);
    model.scale.adapt(&scalar)?;
    // One element has no deviation, which must not make NaN of it.
    let mut alone = Prepared::new(1);
    alone.scale.adapt(&Array2::from_elem((1, 1), 0.7_f32))?;
    let constant = Array2::from_elem((8, 1), 0.7_f32);
    let inputs = PreparedInputs { image_input: &image, scalar_input: &constant };
    assert!(alone.predict(inputs)?.output.iter().all(|y| y.is_finite()));
    let mut model = model.compile(Adam::new(1e-2), MeanSquaredError::new());
    loss_falls(20, || {
        let inputs = PreparedInputs { image_input: &image, scalar_input: &scalar };
        Ok(model.train_on_batch(inputs, PreparedTargets { output: &y })?.loss)
    })
}

#[test]
fn samples_are_mapped_batched_and_taken() -> Result<()> {
    let (a, b, sum) = pairs(40);
    let rows = (0..40).map(move |row: usize| {
        let sample = SumSample { input_a: a.row(row).to_owned(), input_b: b.row(row).to_owned() };
        (sample, SumTarget { output: sum.row(row).to_owned() })
    });
    let train = Dataset::from_iter(rows)
        .map(|(mut sample, target)| {
            sample.input_a *= 1.0;
            (sample, target)
        })
        .shuffle(40, 1)
        .batch(8)
        .prefetch(2);
    let batches = train.clone().take(1);
    assert_eq!(batches.cardinality(), Some(1));
    let mut model = Sum::new(1).compile(Adam::new(1e-2), MeanSquaredError::new());
    let losses = model.fit(&train, Fit::epochs(10))?.metric("loss");
    assert!(losses[9] < losses[0], "{losses:?}");
    Ok(())
}

#[test]
fn the_summary() {
    let expected = "\
Model: \"Sum\"
┏━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)         ┃ Output Shape ┃ Param # ┃ Connected to                 ┃
┡━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┩
│ input_a (InputLayer) │ (None, 1)    │       0 │ -                            │
├──────────────────────┼──────────────┼─────────┼──────────────────────────────┤
│ input_b (InputLayer) │ (None, 1)    │       0 │ -                            │
├──────────────────────┼──────────────┼─────────┼──────────────────────────────┤
│ concat (Concatenate) │ (None, 2)    │       0 │ input_a[0][0], input_b[0][0] │
├──────────────────────┼──────────────┼─────────┼──────────────────────────────┤
│ hidden (Dense)       │ (None, 64)   │     192 │ concat[0][0]                 │
├──────────────────────┼──────────────┼─────────┼──────────────────────────────┤
│ dense (Dense)        │ (None, 1)    │      65 │ hidden[0][0]                 │
└──────────────────────┴──────────────┴─────────┴──────────────────────────────┘
 Total params: 257 (1.00 KB)
 Trainable params: 257 (1.00 KB)
 Non-trainable params: 0 (0.00 B)
";
    assert_eq!(Sum::new(1).summary().to_string(), expected);
}
