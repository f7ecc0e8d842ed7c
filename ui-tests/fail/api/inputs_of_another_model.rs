use formwork::prelude::*;
use ndarray::Array2;

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

fn main() {
    let model = First::new(1);
    let x = Array2::<f32>::zeros((2, 4));
    let _ = model.predict(SecondInputs { x: &x });
}
