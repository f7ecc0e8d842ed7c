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
    let data = Dataset::from_arrays(PriceInputs { x: &x }, PriceTargets { output: &y })?.batch(2);
    let mut model = Price::new(1);
    model.fit(&data, Fit::epochs(1))?;
    Ok(())
}
