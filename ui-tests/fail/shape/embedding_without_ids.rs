use formwork::prelude::*;

model!(
    fn Model(ids: Input<8>) -> Output<1> {
        let words = Embedding(0, 16)(ids);
        Dense(1)(Flatten()(words))
    }
);

fn main() {}
