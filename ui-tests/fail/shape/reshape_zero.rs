use formwork::prelude::*;

model!(
    fn Model(x: Input<784>) -> Output<28, 28> {
        Reshape((28, 0))(x)
    }
);

fn main() {}
