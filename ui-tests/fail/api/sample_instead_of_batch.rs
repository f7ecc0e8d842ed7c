use formwork::prelude::*;
use ndarray::Array3;

model!(
    fn Digits(image: Input<28, 28, 1>) -> Output<10> {
        Dense(10, activation = softmax)(Flatten()(image))
    }
);

fn main() {
    let model = Digits::new(1);
    let image = Array3::<f32>::zeros((28, 28, 1));
    let _ = model.predict(DigitsInputs { image: &image });
}
