use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>) -> Output<32> {
        let (_, h, c) = LSTM(16, return_state = true)(words);
        Bidirectional(LSTM(16))(words, initial_state = (h, c))
    }
);

fn main() {}
