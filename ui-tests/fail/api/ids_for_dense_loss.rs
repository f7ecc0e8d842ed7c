use formwork::prelude::*;
use ndarray::{Array1, Array2};

model!(
    fn Digits(x: Input<784>) -> Output<10> {
        Dense(10, activation = softmax)(x)
    }
);

fn main() -> Result<()> {
    let x = Array2::<f32>::zeros((2, 784));
    let labels = Array1::<u8>::zeros(2);
    let data = Dataset::from_arrays(DigitsInputs { x: &x }, DigitsTargets { output: &labels })?.batch(2);
    let mut model = Digits::new(1).compile(Adam::new(1e-3), CategoricalCrossentropy::new());
    model.fit(&data, Fit::epochs(1))?;
    Ok(())
}
