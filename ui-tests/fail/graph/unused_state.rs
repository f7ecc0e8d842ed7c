use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>) -> Output<1> {
        let (y, h, c) = LSTM(16, return_state = true)(x);
        Dense(1)(Add()(y, h))
    }
);

fn main() {}
