use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        Attention()(x, x)
    }
);

fn main() {}
