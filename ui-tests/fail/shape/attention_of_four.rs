use formwork::prelude::*;

model!(
    fn Model(a: Input<10, 8>) -> Output<10, 8> {
        MultiHeadAttention(2, 4)(a, a, a, a)
    }
);

fn main() {}
