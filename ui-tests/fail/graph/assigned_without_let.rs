use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        h = Dense(8)(x);
        Dense(1)(h)
    }
);

fn main() {}
