use formwork::prelude::*;

model!(
    fn Model(words: Input<_, 32>) -> Output<_, 32> {
        LayerNormalization(axis = 1)(words)
    }
);

fn main() {}
