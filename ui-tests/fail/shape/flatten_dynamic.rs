use formwork::prelude::*;

model!(
    fn Model(words: Input<_, 32>) -> Output<1> {
        let row = Flatten()(words);
        Dense(1)(row)
    }
);

fn main() {}
