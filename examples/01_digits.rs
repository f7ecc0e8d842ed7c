//! A network learns to read handwritten digits.
//!
//! Run it with `cargo run --release --example 01_digits`.

use std::error::Error;

use formwork::prelude::*;
use formwork_examples::mnist;

/// All chance comes from here: two runs with the same seed train the same model.
const SEED: u64 = 1;

model!(
    /// An image in, one probability a digit out.
    fn Digits(image: Input<28, 28, 1>) -> Output<10> {
        Sequential([Flatten(), Dense(256, activation = relu), Dropout(0.5), Dense(10, activation = softmax)])(image)
    }
);

fn main() -> Result<(), Box<dyn Error>> {
    let (train, test) = mnist()?;
    let inputs = DigitsInputs { image: &train.images };
    let train = Dataset::from_arrays(inputs, DigitsTargets { output: &train.labels })?.shuffle(4_000, SEED).batch(32);
    let unseen = DigitsInputs { image: &test.images };
    let test = Dataset::from_arrays(unseen, DigitsTargets { output: &test.labels })?.batch(100);

    // `compile` takes a loss that fits a softmax; the targets it takes are class ids.
    let mut model =
        Digits::new(SEED).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new()).metrics(Accuracy::new());
    model.fit(&train, Fit::epochs(10).verbose(true))?;

    let report = model.evaluate(&test)?;
    println!("test accuracy {:.4}", report.metric("accuracy").unwrap_or_default());
    Ok(())
}
