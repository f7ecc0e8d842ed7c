use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        Sequential([Input(8), Dense(4), Dense(1)])(x)
    }
);

fn main() {}
