use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let y = Dense(1)(x);
    }
);

fn main() {}
