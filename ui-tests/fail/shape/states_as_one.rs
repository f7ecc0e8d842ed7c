use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>) -> Outputs {
        let (h, state) = LSTM(32, return_state = true)(words);
        let (g, a, b) = GRU(32, return_state = true)(words);
        Outputs { h, state, g, a, b }
    }
);

fn main() {}
