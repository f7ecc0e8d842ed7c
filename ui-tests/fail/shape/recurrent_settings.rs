use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>) -> Outputs {
        let a = LSTM(0)(words);
        let b = GRU(8, dropout = 50)(words);
        let c = LSTM(8, recurrent_dropout = -0.1)(words);
        let d = SimpleRNN(8, stateful = true)(words);
        let e = LSTM(8, return_sequence = true)(words);
        let f = GRU(8, return_sequences = 1)(words);
        let g = LSTM()(words);
        let h = LSTM(8, activation = "tanh")(words);
        let i = GRU(8, reset_after = False)(words);
        Outputs { a, b, c, d, e, f, g, h, i }
    }
);

fn main() {}
