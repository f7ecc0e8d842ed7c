use formwork::prelude::*;

model!(
    fn Base(x: Input<8>) -> Output<4> {
        Dropout(0.5)(Dense(4)(x))
    }
);

model!(
    fn Model(x: Input<8>) -> Output<4> {
        Base()(x, training = true)
    }
);

fn main() {}
