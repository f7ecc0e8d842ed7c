use formwork::prelude::*;

model!(
    fn Model(q: Input<4, 3>) -> Output<4, 3> {
        MultiHeadAttention(2, 3)(q, q, use_causal_mask = 1)
    }
);

fn main() {}
