use formwork::prelude::*;

model!(
    fn Model(a: Input<8>, b: Input<8>) -> Output<1> {
        Dense(1)(a, b)
    }
);

fn main() {}
