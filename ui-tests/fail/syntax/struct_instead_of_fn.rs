use formwork::prelude::*;

model!(
    pub struct Model(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}
