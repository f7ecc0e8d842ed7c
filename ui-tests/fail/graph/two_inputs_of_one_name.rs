use formwork::prelude::*;

model!(
    fn Model(x: Input<8>, x: Input<9>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}
