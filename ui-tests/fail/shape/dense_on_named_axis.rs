use formwork::prelude::*;

model!(
    fn Model(x: Input<time>) -> Output<64> {
        Dense(64)(x)
    }
);

fn main() {}
