use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Digits(x: Input<784>) -> Output<10> {
        Dense(10, activation = softmax)(x)
    }
);

fn main() -> Result<()> {
    let x = Array2::<f32>::zeros((2, 784));
    let rows = Array2::<f32>::zeros((2, 10));
    let data = Dataset::from_arrays(DigitsInputs { x: &x }, DigitsTargets { output: &rows })?.batch(2);
    let model = Digits::new(1).compile(Adam::new(1e-3), CategoricalCrossentropy::new());
    model.metrics(SparseCategoricalAccuracy::new()).fit(&data, Fit::epochs(1))?;
    Ok(())
}
