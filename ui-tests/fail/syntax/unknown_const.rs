use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(HIDDEN)(x);
        Dense(1)(a)
    }
);

model!(
    fn OfInput(x: Input<WIDTH>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}
