use formwork::prelude::*;

const HIDDEN: usize = 300;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let left = Dense(HIDDEN)(x);
        let right = Dense(HIDDEN + 1)(x);
        Dense(1)(Add()(left, right))
    }
);

fn main() {}
