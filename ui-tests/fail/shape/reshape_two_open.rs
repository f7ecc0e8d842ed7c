use formwork::prelude::*;

model!(
    fn Model(x: Input<784>) -> Output<_, _> {
        Reshape((-1, -1))(x)
    }
);

fn main() {}
