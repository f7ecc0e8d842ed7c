//! Samples that were not put into batches, as validation data.

use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Price(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() -> Result<()> {
    let (x, y) = (Array2::<f32>::zeros((20, 4)), Array2::<f32>::zeros((20, 1)));
    let data = Dataset::from_arrays(PriceInputs { x: &x }, PriceTargets { output: &y })?;
    let (train, valid) = data.split(0.2)?;
    let mut model = Price::new(1).compile(SGD::new(0.1), MeanSquaredError::new());
    model.fit(&train.batch(5), Fit::epochs(1).validation(&valid))?;
    model.fit_arrays(PriceInputs { x: &x }, PriceTargets { output: &y }, Fit::epochs(1).validation(&valid))?;
    Ok(())
}
