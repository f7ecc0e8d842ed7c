use formwork::prelude::*;

model!(
    fn Model(x: Input<5, 8>) -> Output<8> {
        Sequential([LSTM(8, return_state = true), Dense(8)])(x)
    }
);

fn main() {}
