use formwork::prelude::*;

model!(
    fn Spam(x: Input<784>) -> Output<1> {
        Dense(1, activation = sigmoid)(x)
    }
);

fn main() {
    let _ = Spam::new(1).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new());
}
