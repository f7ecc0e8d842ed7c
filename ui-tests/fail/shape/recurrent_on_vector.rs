use formwork::prelude::*;

model!(
    fn Model(x: Input<100>) -> Output<1> {
        let h = LSTM(8)(x);
        Dense(1)(h)
    }
);

fn main() {}
