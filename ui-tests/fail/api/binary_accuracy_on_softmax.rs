use formwork::prelude::*;

model!(
    fn Digits(x: Input<784>) -> Output<10> {
        Dense(10, activation = softmax)(x)
    }
);

fn main() {
    let model = Digits::new(1).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new());
    let _ = model.metrics(BinaryAccuracy::new());
}
