use formwork::prelude::*;

model!(
    fn Model(words: Input<12, 8>, x: Input<8>) -> Output<12, 8> {
        Average()(words, x)
    }
);

fn main() {}
