use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 32>) -> Output<10, 32> {
        Softmax(axis = -3)(words)
    }
);

fn main() {}
