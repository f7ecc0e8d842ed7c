use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(4, activation = relu)(x);
        let words = Embedding(1000, 16)(h);
        let row = Flatten()(words);
        Dense(1)(row)
    }
);

fn main() {}
