use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Small(x: Input<8>) -> Output<3> {
        Dense(3, activation = softmax)(x)
    }
);

fn main() -> Result<()> {
    let (x, y) = (Array2::<f32>::zeros((10, 8)), Array2::<f32>::zeros((10, 3)));
    let mut model = Small::new(1).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new());
    model.fit_arrays(SmallInputs { x: &x }, SmallTargets { output: &y }, Fit::epochs(1))?;
    Ok(())
}
