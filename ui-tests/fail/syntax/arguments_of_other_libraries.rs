use formwork::prelude::*;

model!(
    fn Model(x: Input<32, 32, 3>, words: Input<20>) -> Outputs {
        let a = Conv2D(out_channels = 8, kernel = 3, stride = 2, pad = same)(x);
        let b = Dropout(p = 0.5)(x);
        let c = BatchNormalization(eps = 0.001, num_features = 3)(x);
        let d = Embedding(num_embeddings = 100, embedding_dim = 8)(words);
        let e = LSTM(hidden_size = 5, bidirectional = true, batch_first = true)(d);
        let f = GRU(8, num_layers = 2)(d);
        let g = Dense(8, bias = false, act = relu)(e);
        let h = Dense(8, kernel_initializer = he_norm)(e);
        let i = Conv2D(8, 3, padding = 1)(x);
        let j = Dense(512, 10)(e);
        let k = ReLU(inplace = true)(x);
        let l = MultiHeadAttention(n_heads = 2, head_dim = 4)(d, d);
        Outputs { a, b, c, d, e, f, g, h, i, j, k, l }
    }
);

fn main() {}
