use formwork::prelude::*;

model!(
    fn Model(x: Input<4, 5, 3>) -> Output<4, 5, 3> {
        MultiHeadAttention(2, 3, attention_axes = 1)(x, x)
    }
);

fn main() {}
