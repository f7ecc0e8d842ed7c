use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>) -> Output<10, 8> {
        MultiHeadAttention(2, 4)(x)
    }
);

fn main() {}
