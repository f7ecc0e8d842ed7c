use formwork::prelude::*;

model!(
    fn Model(a: Input<time, 8>, b: Input<steps, 8>) -> Output<time, 8> {
        let joined = Concatenate(axis = 2)(a, b);
        let c: Shape<steps, 8> = LSTM(8, return_sequences = true)(a);
        LSTM(8, return_sequences = true)(joined) + c
    }
);

fn main() {}
