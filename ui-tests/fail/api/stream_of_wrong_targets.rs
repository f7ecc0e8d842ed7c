use formwork::prelude::*;
use ndarray::array;

model!(
    fn Kind(x: Input<4>) -> Output<3> {
        Dense(3, activation = softmax)(x)
    }
);

fn main() -> Result<()> {
    let sample = |n: usize| (KindSample { x: array![n as f32, 1.0, 2.0, 3.0] }, KindTarget { output: 2.0_f32 });
    let data = Dataset::from_iter((0..10).map(sample)).batch(5);
    let mut model = Kind::new(1).compile(SGD::new(0.1), SparseCategoricalCrossentropy::new());
    model.fit(&data, Fit::epochs(1))?;
    Ok(())
}
