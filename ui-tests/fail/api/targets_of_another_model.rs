use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn First(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Second(x: Input<8>) -> Output<2> {
        Dense(2)(x)
    }
);

fn main() -> Result<()> {
    let x = Array2::<f32>::zeros((2, 8));
    let y = Array2::<f32>::zeros((2, 2));
    let data = Dataset::from_arrays(SecondInputs { x: &x }, SecondTargets { output: &y })?.batch(2);
    First::new(1).compile(SGD::new(0.1), MeanSquaredError::new()).fit(&data, Fit::epochs(1))?;
    Ok(())
}
