use formwork::prelude::*;

model!(
    fn Model(x: Input<8, String>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}
