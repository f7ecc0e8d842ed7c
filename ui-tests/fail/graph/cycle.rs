use formwork::prelude::*;

model!(
    fn Model(x: Input<16>) -> Output<16> {
        let state = Add()(x, state);
        Dense(16)(state)
    }
);

fn main() {}
