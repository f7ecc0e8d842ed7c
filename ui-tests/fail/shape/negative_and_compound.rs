use formwork::prelude::*;

model!(
    fn Model(x: Input<8>, y: Input<9>) -> Output<8> {
        let mut h = Dense(8)(x);
        h += y;
        h *= 2.0;
        h
    }
);

fn main() {}
