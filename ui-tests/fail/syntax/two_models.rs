use formwork::prelude::*;

model!(
    fn First(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }

    fn Second(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}
