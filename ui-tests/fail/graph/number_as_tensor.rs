use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Add()(x, 1.0);
        Dense(1)(5)
    }
);

fn main() {}
