use formwork::prelude::*;

model!(
    fn Model(x: Input<784>) -> Output<1> {
        let head = Sequential([Dense(64), Dense(10)]);
        Dense(1)(x)
    }
);

fn main() {}
