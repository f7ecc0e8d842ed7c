use formwork::prelude::*;

model!(
    fn Model(sequence: Input<10, 20>) -> Output<10> {
        Sequential([LSTM(32, return_sequences = true), Dense(10)])(sequence)
    }
);

fn main() {}
