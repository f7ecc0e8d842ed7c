use formwork::prelude::*;

model!(
    fn Model(x: Input<784>) -> Output<1> {
        let a = Dense(16)(hidden);
        let hidden = Dense(16)(x);
        Dense(1)(Add()(a, hidden))
    }
);

fn main() {}
