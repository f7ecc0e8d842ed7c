use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>, m: Input<20, bool>, short: Input<10, bool>) -> Outputs {
        let a = LSTM(4)(words, mask = short);
        let b = Dense(4)(m);
        let c = LSTM(4)(words, mask = words);
        let d = Conv1D(4, 3)(words, mask = m);
        let e = m * words;
        let f = GRU(4)(words, masks = m);
        let g = LSTM(4)(words, mask = true);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}
