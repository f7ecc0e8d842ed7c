use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 4>) -> Output<1> {
        let h = LSTM(8, return_state = true)(x);
        Dense(1)(h)
    }
);

fn main() {}
