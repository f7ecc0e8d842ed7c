use formwork::prelude::*;

model!(
    fn Model(x: Input<20, 8>) -> Output<2> {
        let h, _, c = LSTM(16, return_state = true)(x);
        Dense(2)(h + c)
    }
);

fn main() {}
