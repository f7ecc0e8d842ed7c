use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>) -> Output<10, 8> {
        let y = MultiHeadAttention(2, 4, return_attention_scores = true)(x, x);
        y
    }
);

fn main() {}
