use formwork::prelude::*;

model!(
    fn Model(x: Input<784>) -> Output<1> {
        let kept = Dense(16)(x);
        let dropped = Dense(16)(x);
        let end = Dense(4)(dropped);
        Dense(1)(kept)
    }
);

fn main() {}
