use formwork::prelude::*;

model!(
    fn Model(x: Input<28, 28, 3>) -> Outputs {
        let a = MelSpectrogram()(x);
        let b = RandomErasing(0.5)(x);
        let c = TextVectorization(1000)(x);
        let d = ReversibleEmbedding(10, 4)(x);
        let e = StackedRNNCells(3)(x);
        let f = MultiHeadAttention(2, 4, flash_attention = true)(x, x);
        let g = BatchNormalization(synchronized = true)(x);
        let h = TimeDistributed(LSTM(4, unroll = true))(x);
        Outputs { a, b, c, d, e, f, g, h }
    }
);

fn main() {}
