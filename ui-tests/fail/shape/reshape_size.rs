use formwork::prelude::*;

model!(
    fn Model(x: Input<784>) -> Output<27, 28, 1> {
        Reshape((27, 28, 1))(x)
    }
);

fn main() {}
