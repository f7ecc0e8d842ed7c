use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Tensor {
        Dense(10)(x)
    }
);

fn main() {}
