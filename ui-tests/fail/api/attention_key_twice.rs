use formwork::prelude::*;

model!(
    fn Model(q: Input<4, 3>, v: Input<5, 3>, k: Input<5, 3>) -> Output<4, 3> {
        MultiHeadAttention(2, 3)(q, v, k, key = v)
    }
);

fn main() {}
