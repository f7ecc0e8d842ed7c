use formwork::prelude::*;
use ndarray::{Array1, Array2};

model!(
    fn Small(x: Input<8>) -> Output<3> {
        Dense(3, activation = softmax)(x)
    }
);

fn main() -> Result<()> {
    let y = Array1::<i32>::zeros(4);
    let z = Array1::<f64>::zeros(4);
    let x = Array2::<f32>::zeros((4, 8));
    let mut model = Small::new(1).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new());
    let _ = model.train_on_batch(SmallInputs { x: &x }, SmallTargets { output: &y })?;
    let _ = model.train_on_batch(SmallInputs { x: &x }, SmallTargets { output: &z })?;
    Ok(())
}
