use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        x = Dense(8)(x);
        x[0] = Dense(8)(x);
        x
    }
);

fn main() {}
