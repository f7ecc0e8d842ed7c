use formwork::prelude::*;

model!(
    fn Tags(x: Input<64>) -> Output<10> {
        Dense(10, activation = sigmoid)(x)
    }
);

fn main() {
    let _ = Tags::new(1).compile(Adam::new(1e-3), CategoricalCrossentropy::new());
}
