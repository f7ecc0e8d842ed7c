use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 32>) -> Output<4, 32> {
        RepeatVector(4)(words)
    }
);

fn main() {}
