use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 20>) -> Output<10> {
        let sequence = LSTM(32, return_sequences = true)(words);
        Dense(10)(sequence)
    }
);

fn main() {}
