use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 32>) -> Output<10, 32> {
        LayerNormalization(axis = (2, 1))(words)
    }
);

fn main() {}
