use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Price(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() -> Result<()> {
    let x = Array2::<f32>::zeros((20, 8));
    let y = Array2::<f32>::zeros((20, 1));
    let mut model = Price::new(1).compile(SGD::new(0.1), MeanSquaredError::new());
    model.fit((&x, &y), Fit::epochs(1))?;
    model.fit(PriceInputs { x: &x }, Fit::epochs(1))?;
    model.evaluate(&x)?;
    Ok(())
}
