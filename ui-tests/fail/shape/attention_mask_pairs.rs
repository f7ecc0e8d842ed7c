use formwork::prelude::*;

model!(
    fn Model(q: Input<4, 3>, v: Input<5, 3>, m: Input<5, 4, bool>) -> Output<4, 3> {
        MultiHeadAttention(2, 3)(q, v, attention_mask = m)
    }
);

fn main() {}
