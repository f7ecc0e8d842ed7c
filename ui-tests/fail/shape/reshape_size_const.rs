use formwork::prelude::*;

const SIDE: usize = 27;

model!(
    fn Model(x: Input<784>) -> Output<SIDE, 28, 1> {
        Reshape((SIDE, 28, 1))(x)
    }
);

fn main() {}
