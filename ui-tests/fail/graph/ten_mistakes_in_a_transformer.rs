use formwork::prelude::*;

model!(
    fn Model(words: Input<time>, places: Input<time>) -> Output<2> {
        fn block(x: Tensor, heads: usize) -> Tensor {
            let a = MultiHeadAttention(heads)(x, x);
            let b = LayerNorm()(x + a);
            let c = Dense(64, activation = gelo)(b);
            LayerNormalization(eps = 1e-6)(c)
        }
        let mut h = Embedding(1000)(words) + Embeding(512, 64)(places);
        for heads in [2, 4] {
            h = block(h);
        }
        let pooled = GlobalAveragePooling(h);
        Dense(2, activation = softmax)(poled)
    }
);

fn main() {}
