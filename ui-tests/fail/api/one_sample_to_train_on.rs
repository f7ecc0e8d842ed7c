use formwork::prelude::*;
use ndarray::{Array1, Array3};

model!(
    fn Digits(image: Input<28, 28, 1>) -> Output<10> {
        Dense(10, activation = softmax)(Flatten()(image))
    }
);

fn main() -> Result<()> {
    let image = Array3::<f32>::zeros((28, 28, 1));
    let label = Array1::<u32>::zeros(1);
    let _ = Dataset::from_arrays(DigitsInputs { image: &image }, DigitsTargets { output: &label })?;
    let mut model = Digits::new(1).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new());
    model.train_on_batch(DigitsInputs { image: &image }, DigitsTargets { output: &label })?;
    model.fit_arrays(DigitsInputs { image: &image }, DigitsTargets { output: &label }, Fit::epochs(1))?;
    Ok(())
}
