use formwork::prelude::*;

model!(
    fn Model(a: Input<8>, b: Input<8>) -> Output<1> {
        let both = Concatenate(axis = 2)(a, b);
        Dense(1)(both)
    }
);

fn main() {}
