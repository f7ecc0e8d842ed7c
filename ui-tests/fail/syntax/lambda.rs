use formwork::prelude::*;

model!(
    fn Model(x: Input<_, 8>) -> Output<1> {
        let padded = Lambda(pad_sequences)(x);
        Dense(1)(padded)
    }
);

fn main() {}
