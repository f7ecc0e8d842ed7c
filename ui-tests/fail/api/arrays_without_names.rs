use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Small(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() -> Result<()> {
    let (x, y) = (Array2::<f32>::zeros((8, 4)), Array2::<f32>::zeros((8, 1)));
    let _ = Dataset::from_arrays(&x, &y)?;
    let _: Small<i32>;
    Ok(())
}
