use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> 10 {
        Dense(10)(x)
    }
);

fn main() {}
