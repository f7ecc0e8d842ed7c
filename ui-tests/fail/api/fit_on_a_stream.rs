use formwork::prelude::*;
use ndarray::array;

model!(
    fn Price(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() -> Result<()> {
    let sample = |n: usize| (PriceSample { x: array![n as f32, 1.0, 2.0, 3.0] }, PriceTarget { output: array![1.0_f32] });
    let mut model = Price::new(1).compile(SGD::new(0.1), MeanSquaredError::new());
    model.fit(&Dataset::from_iter((0..10).map(sample)), Fit::epochs(1))?;
    Ok(())
}
