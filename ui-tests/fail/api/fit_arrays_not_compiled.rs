use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Price(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() -> Result<()> {
    let x = Array2::<f32>::zeros((2, 8));
    let y = Array2::<f32>::zeros((2, 1));
    let mut model = Price::new(1);
    model.fit_arrays(PriceInputs { x: &x }, PriceTargets { output: &y }, Fit::epochs(1))?;
    model.evaluate_arrays(PriceInputs { x: &x }, PriceTargets { output: &y })?;
    Ok(())
}
