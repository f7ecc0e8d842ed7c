use formwork::prelude::*;

model!(
    fn Model(a: Input<time, 8>) -> Output<steps, 4> {
        LSTM(4, return_sequences = true)(a)
    }
);

fn main() {}
