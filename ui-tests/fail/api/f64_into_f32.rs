use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Small(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() -> Result<()> {
    let model = Small::new(1);
    let x = Array2::<f64>::zeros((2, 4));
    let _ = model.predict(SmallInputs { x: &x })?;

    let x = Array2::<f32>::zeros((2, 4));
    let y = Array2::<f64>::zeros((2, 1));
    let data = Dataset::from_arrays(SmallInputs { x: &x }, SmallTargets { output: &y })?.batch(2);
    model.compile(SGD::new(0.1), MeanSquaredError::new()).fit(&data, Fit::epochs(1))?;
    Ok(())
}
