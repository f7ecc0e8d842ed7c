use formwork::prelude::*;

model!(
    fn Model(words: Input<28, 32>) -> Output<56, 32> {
        UpSampling2D(2)(words)
    }
);

fn main() {}
