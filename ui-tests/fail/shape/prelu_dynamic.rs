use formwork::prelude::*;

model!(
    fn Model(words: Input<_, 32>) -> Output<_, 32> {
        PReLU()(words)
    }
);

fn main() {}
