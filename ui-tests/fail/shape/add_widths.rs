use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let left = Dense(16)(x);
        let right = Dense(17)(x);
        Dense(1)(Add()(left, right))
    }
);

fn main() {}
