use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        let dense = Dense(8);
        let dense = dense(x);
        dense(x)
    }
);

fn main() {}
