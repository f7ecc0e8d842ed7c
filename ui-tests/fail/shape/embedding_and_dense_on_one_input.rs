use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let words = Embedding(1000, 16)(x);
        let numbers = Dense(4)(x);
        Dense(1)(Concatenate()(Flatten()(words), numbers))
    }
);

fn main() {}
