use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>) -> Outputs {
        let a = MultiHeadAttention(0, 4)(x, x);
        let b = MultiHeadAttention(2, 0)(x, x);
        let c = MultiHeadAttention(2, 4, dropout = 1.5)(x, x);
        let d = MultiHeadAttention(2)(x, x);
        let e = Attention(score_mode = cosine)(x, x);
        let f = MultiHeadAttention(2, 4, heads = 3)(x, x);
        let g = MultiHeadAttention(2, 4, output_shape = 0)(x, x);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}
