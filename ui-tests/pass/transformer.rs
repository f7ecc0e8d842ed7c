use formwork::prelude::*;

model!(
    /// A small Transformer encoder that classifies texts of any length.
    fn Transformer(words: Input<time>, places: Input<time>) -> Output<2> {
        fn feed_forward(x: Tensor, width: usize, hidden: usize) -> Tensor {
            TimeDistributed(Sequential([Dense(hidden, activation = gelu), Dense(width), Dropout(0.1)]))(x)
        }
        let mut h = Embedding(20_000, 64)(words) + Embedding(512, 64)(places);
        for _ in 0..2 {
            let attended = MultiHeadAttention(num_heads = 4, key_dim = 16, dropout = 0.1)(h, h);
            h = LayerNormalization(epsilon = 1e-6)(h + Dropout(0.1)(attended));
            h = LayerNormalization(epsilon = 1e-6)(h + feed_forward(h, 64, 128));
        }
        let h = Dense(20, activation = relu)(GlobalAveragePooling1D()(h));
        Dense(2, activation = softmax)(Dropout(0.1)(h))
    }
);

fn main() {
    // Each block: four projections, two normalisations, the layers between them.
    const BLOCK: usize = 4 * (64 * 64 + 64) + 2 * (2 * 64) + (64 * 128 + 128) + (128 * 64 + 64);
    const { assert!(Transformer::<f32>::PARAMS == 20_000 * 64 + 512 * 64 + 2 * BLOCK + (64 * 20 + 20) + (20 * 2 + 2)) };
}
