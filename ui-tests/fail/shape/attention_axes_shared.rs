use formwork::prelude::*;

model!(
    fn Model(q: Input<4, 5, 3>, v: Input<6, 5, 3>) -> Output<4, 5, 3> {
        MultiHeadAttention(2, 3, attention_axes = 2)(q, v)
    }
);

fn main() {}
