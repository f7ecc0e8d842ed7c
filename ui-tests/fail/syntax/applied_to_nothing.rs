use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(64)();
        Dense(1)(a)
    }
);

fn main() {}
