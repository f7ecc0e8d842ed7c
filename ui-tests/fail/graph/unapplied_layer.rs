use formwork::prelude::*;

model!(
    fn Model(x: Input<784>) -> Output<1> {
        let encode = LSTM(64);
        Dense(1)(x)
    }
);

fn main() {}
