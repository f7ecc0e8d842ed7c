use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Price(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

/// In either precision.
fn total<T: Real>(model: &Price<T>, x: &Array2<T>) -> Result<T> {
    let output = model.predict(PriceInputs { x })?.output;
    Ok(output.iter().fold(T::zero(), |sum, y| sum + *y))
}

fn main() -> Result<()> {
    let narrow = total(&Price::<f32>::seeded(1), &Array2::ones((3, 4)))?;
    let wide = total(&Price::<f64>::seeded(1), &Array2::ones((3, 4)))?;
    assert!((f64::from(narrow) - wide).abs() < 1e-5);

    let (x, y) = (Array2::<f64>::ones((4, 4)), Array2::<f64>::zeros((4, 1)));
    let data = Dataset::from_arrays(PriceInputs { x: &x }, PriceTargets { output: &y })?.shuffle(4, 1).batch(2);
    let mut model = Price::<f64>::seeded(1).compile(SGD::new(0.1), MeanSquaredError::new());
    model.fit(&data, Fit::epochs(2).verbose(false))?;
    Ok(())
}
