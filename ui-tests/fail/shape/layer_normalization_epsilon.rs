use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 32>) -> Output<10, 32> {
        LayerNormalization(epsilon = 0)(words)
    }
);

fn main() {}
