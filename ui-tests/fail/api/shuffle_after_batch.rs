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
    let _ = Dataset::from_arrays(PriceInputs { x: &x }, PriceTargets { output: &y })?.batch(32).shuffle(20, 1);
    Ok(())
}
