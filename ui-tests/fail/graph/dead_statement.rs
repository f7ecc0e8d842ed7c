use formwork::prelude::*;

model!(
    fn Model(x: Input<784>) -> Output<1> {
        Dense(16)(x);
        Dense(1)(x)
    }
);

fn main() {}
