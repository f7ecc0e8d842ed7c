use formwork::prelude::*;

model!(
    fn Model(x: Input<784>) -> Output<_, 10> {
        Reshape((-1, 10))(x)
    }
);

fn main() {}
