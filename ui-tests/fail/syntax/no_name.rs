use formwork::prelude::*;

model!(
    fn (x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}
