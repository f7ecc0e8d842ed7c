use formwork::prelude::*;

model!(
    fn Model(a: Input<8>, b: Input<8>) -> Output<8> {
        Sequential([Dense(8), Dense(8)])(a, b)
    }
);

fn main() {}
