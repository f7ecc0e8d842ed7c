//! A model of the library inside a model of this program, which is another crate.

use formwork::ndarray::Array2;
use formwork::prelude::*;
use outside::{FEATURES, Sieve};

model!(
    /// Are two measurements of the same thing?
    fn Same(left: Input<FEATURES>, right: Input<FEATURES>) -> Output<1> {
        let sieve = Sieve();
        let (left, _) = sieve(left);
        let (right, _) = sieve(right);
        let distance = left - right;
        Dense(1, activation = sigmoid)(distance * distance)
    }
);

fn main() -> Result<()> {
    let left = Array2::from_shape_fn((64, FEATURES), |(row, column)| ((row * 7 + column * 3) % 11) as f32 / 11.0);
    // Every other row is the same measurement once more, but for its last features, which mean nothing.
    let right = Array2::from_shape_fn((64, FEATURES), |(row, column)| match column {
        0..9 if row % 2 == 0 => left[[row, column]],
        _ => ((row * 5 + column * 2) % 13) as f32 / 13.0,
    });
    let same = Array2::from_shape_fn((64, 1), |(row, _)| if row % 2 == 0 { 1.0f32 } else { 0.0 });

    let inputs = SameInputs { left: &left, right: &right };
    let data = Dataset::from_arrays(inputs, SameTargets { output: &same })?.shuffle(64, 1).batch(16);
    let mut model = Same::new(1).compile(Adam::new(0.02), BinaryCrossentropy::new()).metrics(BinaryAccuracy::new());
    println!("{}", model.summary());
    let history = model.fit(&data, Fit::epochs(60))?;
    let losses = history.metric("loss");
    println!("loss {:.3} at first, {:.3} at last", losses[0], losses[losses.len() - 1]);
    println!("{}", model.evaluate(&data)?);
    Ok(())
}
