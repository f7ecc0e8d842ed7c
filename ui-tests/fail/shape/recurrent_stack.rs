use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>) -> Output<1> {
        let h = LSTM(32)(words);
        let h = LSTM(16)(h);
        Dense(1)(h)
    }
);

fn main() {}
