//! A convolutional network learns to read handwritten digits.
//!
//! Run it with `cargo run --release --example 01_digits`.

use std::error::Error;

use formwork::prelude::*;
use formwork_examples::mnist;

/// All chance comes from here: the same seed trains the same model.
const SEED: u64 = 1;
const EPOCHS: usize = 4;
const BATCH: usize = 32;

model!(
    /// An image in, one probability a digit out. Take a layer away, and see what the compiler says.
    fn Digits(image: Input<28, 28, 1>) -> Output<10> {
        Sequential([
            Conv2D(32, 3, activation = relu),
            MaxPooling2D(2),
            BatchNormalization(),
            Conv2D(64, 3, activation = relu),
            MaxPooling2D(2),
            BatchNormalization(),
            Flatten(),
            Dropout(0.5),
            Dense(128, activation = relu),
            Dropout(0.5),
            Dense(10, activation = softmax),
        ])(image)
    }
);

fn main() -> Result<(), Box<dyn Error>> {
    let mut model = Digits::new(SEED);
    println!("{}", model.summary());

    // Inputs and targets are structs with a field a name, so that nothing can be swapped or forgotten.
    let (train, test) = mnist()?;
    let train = train.with_shifts();
    let samples = train.labels.len();
    let (inputs, labels) = (DigitsInputs { image: &train.images }, DigitsTargets { output: &train.labels });
    let training = Dataset::from_arrays(inputs, labels)?.shuffle(samples, SEED).batch(BATCH);
    let (inputs, labels) = (DigitsInputs { image: &test.images }, DigitsTargets { output: &test.labels });
    let testing = Dataset::from_arrays(inputs, labels)?.batch(100);

    // Large steps at first, small ones at last.
    let rate = CosineDecay::new(2e-3, (EPOCHS * samples.div_ceil(BATCH)) as u64);

    // A loss that does not fit the softmax, or labels that are not class ids, would not compile.
    let mut trained =
        model.clone().compile(Adam::new(rate), SparseCategoricalCrossentropy::new()).metrics(Accuracy::new());
    trained.fit(&training, Fit::epochs(EPOCHS).verbose(true))?;

    // The weights go to a file, and from there into the model that has learned nothing yet.
    let path = std::env::temp_dir().join("formwork_digits.safetensors");
    trained.save(&path)?;
    model.load(&path)?;
    assert_eq!(model.predict(inputs)?.output, trained.predict(inputs)?.output);
    println!("{} predicts what the trained model predicts", path.display());

    let report = trained.evaluate(&testing)?;
    println!("test accuracy {:.4}", report.metric("accuracy").unwrap_or_default());
    Ok(())
}
