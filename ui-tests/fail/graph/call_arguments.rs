use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>, m: Input<20, bool>) -> Outputs {
        let a = LSTM(4)(words, training = m);
        let b = Dense(4)(LSTM(4)(words), units = 3);
        let c = LSTM(4)(words, initial_stat = words);
        let d = Dropout(0.5)(words, trainig = true);
        let e = MultiHeadAttention(2, 4)(words, words, use_causal_mask = m);
        let f = MultiHeadAttention(2, 4)(words, value = words);
        let g = LSTM(4)(words, mask = m, mask = m);
        let h = LSTM(4)(mask = m);
        Outputs { a, b, c, d, e, f, g, h }
    }
);

fn main() {}
