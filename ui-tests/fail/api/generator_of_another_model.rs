use formwork::prelude::*;
use ndarray::array;

model!(
    fn First(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Second(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() -> Result<()> {
    let data = Dataset::from_generator(|| {
        (0..10).map(|n| {
            let x = array![n as f32, 1.0, 2.0, 3.0];
            Ok::<_, Error>((SecondSample { x }, SecondTarget { output: array![1.0_f32] }))
        })
    });
    let mut model = First::new(1).compile(SGD::new(0.1), MeanSquaredError::new());
    model.fit(&data.batch(4), Fit::epochs(1))?;
    Ok(())
}
